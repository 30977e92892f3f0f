/** Numbers in words and digits. Formatting only: every number comes from a report. */
import type { Rate } from "../generated/Rate";

const count = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const percent = new Intl.NumberFormat("en", { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** 12345 → `12,345`. */
export function formatCount(n: number): string {
  return count.format(n);
}

/** `1 person`, `2 people`. */
export function formatUnits(n: number, unit: "person" | "session"): string {
  const words = unit === "person" ? (["person", "people"] as const) : (["session", "sessions"] as const);
  return `${formatCount(n)} ${n === 1 ? words[0] : words[1]}`;
}

/** 0.1234 → `12.3%`; a dash where there was nothing to divide by. */
export function formatShare(share: number | null): string {
  return share === null ? "–" : percent.format(share);
}

/** The interval of a rate, in words. */
export function formatInterval({ low, high }: Rate): string {
  return low === null || high === null
    ? "no units to divide by"
    : `95% interval ${formatShare(low)} to ${formatShare(high)}`;
}

const points = new Intl.NumberFormat("en", {
  signDisplay: "exceptZero",
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});

/** A difference of two shares: 0.0123 → `+1.2 pp`, percentage points. */
export function formatPoints(difference: number | null): string {
  return difference === null ? "–" : `${points.format(difference * 100)} pp`;
}

/** A p value: two digits that count, and no more than can be trusted. */
export function formatP(p: number | null): string {
  if (p === null) return "–";
  return p < 0.001 ? "< 0.001" : p.toPrecision(2);
}

/** How many times: 0.5 → `0.50×`. */
export function formatTimes(times: number): string {
  if (times >= 100) return `${formatCount(times)}×`;
  return `${times.toFixed(times >= 10 ? 1 : 2)}×`;
}

/** Minor units of a currency: 1234 EUR → `€12.34`, 1234 JPY → `¥1,234`. */
export function formatMoney(minor: number, currency: string): string {
  if (!/^[A-Z]{3}$/.test(currency)) return `${formatCount(minor)} (no currency)`;
  const format = new Intl.NumberFormat("en", { style: "currency", currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(minor / 10 ** digits);
}

const SPANS = [
  { millis: 86_400_000, name: "d" },
  { millis: 3_600_000, name: "h" },
  { millis: 60_000, name: "min" },
  { millis: 1_000, name: "s" },
] as const;

/** 65000 → `1 min 5 s`: the two largest parts. */
export function formatDuration(millis: number): string {
  if (millis < 1000) return `${Math.round(millis)} ms`;
  const first = SPANS.findIndex((span) => millis >= span.millis);
  const span = SPANS[first];
  if (!span) return `${Math.round(millis)} ms`;
  const next = SPANS[first + 1];
  const whole = Math.floor(millis / span.millis);
  const rest = next ? Math.floor((millis % span.millis) / next.millis) : 0;
  return rest > 0 && next ? `${whole} ${span.name} ${rest} ${next.name}` : `${whole} ${span.name}`;
}

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Reads `30m`, `1d`, `90 s` as milliseconds; `undefined` where it is none of these. */
export function parseDuration(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|min|h|d|w)\s*$/.exec(text);
  const unit = match?.[2] ? UNITS[match[2]] : undefined;
  return match?.[1] && unit ? Math.round(Number(match[1]) * unit) : undefined;
}

/** A time as a date, in the reader's own zone unless another one is given. */
export function formatDate(ts: number, timeZone?: string): string {
  const zone = timeZone === undefined ? {} : { timeZone };
  return new Date(ts).toLocaleDateString("en", { day: "numeric", month: "short", year: "numeric", ...zone });
}

/** What a person chose to look at, kept in the page's address so that a view can be linked. */
import { parseDuration } from "../elements/format";
import { parseBreakdown, PERIODS } from "../elements/funnel-options";
import { parseNode } from "../elements/nodes";
import { isDate } from "../elements/scope";
import { joinSteps, splitSteps, type StepTexts } from "../elements/steps";
import type { FunnelCount } from "../generated/FunnelCount";
import type { FunnelOrder } from "../generated/FunnelOrder";
import type { Period } from "../generated/Period";
import type { Touchpoint } from "../generated/Touchpoint";
import type { Unit } from "../generated/Unit";

/** Ways to look at paths. */
export const PATH_VIEWS = ["positions", "transitions", "matrix", "exact"] as const;
export type PathView = (typeof PATH_VIEWS)[number];

export interface ViewState {
  /** The site that was chosen; absent for the one where something happened last, and for files. */
  readonly site: string | undefined;

  /** First and last day that are looked at, both in; empty for all days. */
  readonly from: string;
  readonly until: string;
  /** IANA name of the zone; empty for the browser's own. */
  readonly zone: string;
  /**
   * Beside what: `1`, the period before; `FROM..UNTIL`, other days; `did:NAME` or `not:NAME`, other people; empty for
   * nothing.
   */
  readonly compare: string;
  /** Only people who did an event, `did:NAME`, or did not, `not:NAME`; empty for all. */
  readonly people: string;
  /** Only events with a value of a property, `KEY=VALUE`; empty for all. */
  readonly where: string;

  /** Steps of the funnel, each a list of alternatives; absent for a guess from the names present. */
  readonly steps: StepTexts | undefined;
  readonly window: string;
  readonly unit: Unit;
  readonly order: FunnelOrder;
  readonly count: FunnelCount;
  readonly open: boolean;
  /** Event that must not come in between; empty for none. */
  readonly exclude: string;
  readonly by: string;
  readonly touch: "first_touch" | "last_touch";
  readonly trend: Period | "";
  readonly correlation: boolean;

  readonly paths: PathView;
  readonly node: string;
  readonly pathUnit: Unit;
  readonly positions: number;
  readonly top: number;
  readonly start: string;
  readonly end: string;
  readonly backward: boolean;
  readonly center: string;
  /** Nodes of an exact path; 0 for whole paths. */
  readonly length: number;

  readonly delay: string;
  readonly touchpoint: Touchpoint;
}

export const DEFAULTS: ViewState = {
  site: undefined,
  from: "",
  until: "",
  zone: "",
  compare: "",
  people: "",
  where: "",
  steps: undefined,
  window: "1d",
  unit: "person",
  order: "sequential",
  count: "units",
  open: false,
  exclude: "",
  by: "",
  touch: "first_touch",
  trend: "",
  correlation: false,
  paths: "positions",
  node: "name",
  pathUnit: "session",
  positions: 5,
  top: 8,
  start: "",
  end: "",
  backward: false,
  center: "",
  length: 0,
  delay: "1h",
  touchpoint: "page",
};

/** Names in the address, where they are not those of the state. */
const PARAMETERS: Partial<Record<keyof ViewState, string>> = { pathUnit: "path_unit", correlation: "goes_with" };

/** Reads the address; what is not understood is as if it were not there. */
export function readState(search: string): ViewState {
  const query = new URLSearchParams(search);
  const text = (key: keyof ViewState) => query.get(PARAMETERS[key] ?? key) ?? "";
  const oneOf = <K extends keyof ViewState>(key: K, allowed: readonly ViewState[K][]): ViewState[K] =>
    allowed.find((value) => value === text(key)) ?? DEFAULTS[key];
  const valid = (
    key: "from" | "until" | "zone" | "compare" | "window" | "delay" | "node" | "by",
    isValid: (text: string) => unknown,
  ) => (text(key) !== "" && isValid(text(key)) ? text(key) : DEFAULTS[key]);
  const flag = (key: keyof ViewState) => text(key) === "1";
  const between = (key: "positions" | "top" | "length", low: number, high: number): number => {
    const number = Number(text(key) || Number.NaN);
    return Number.isInteger(number) && number >= low && number <= high ? number : DEFAULTS[key];
  };
  const isDuration = (text: string) => parseDuration(text) !== undefined;
  return {
    site: query.get("site") ?? undefined,
    from: valid("from", isDate),
    until: valid("until", isDate),
    zone: valid("zone", isZone),
    compare: valid("compare", isComparison),
    people: /^(did|not):./.test(text("people")) ? text("people") : "",
    where: /^[^=]+=./.test(text("where")) ? text("where") : "",
    steps: query.has("steps") ? splitSteps(text("steps")) : undefined,
    window: valid("window", isDuration),
    unit: oneOf("unit", ["person", "session"]),
    order: oneOf("order", ["sequential", "strict", "any"]),
    count: oneOf("count", ["units", "totals"]),
    open: flag("open"),
    exclude: text("exclude"),
    by: valid("by", (text) => isUnderstood(() => parseBreakdown(text))),
    touch: oneOf("touch", ["first_touch", "last_touch"]),
    trend: oneOf("trend", PERIODS),
    correlation: flag("correlation"),
    paths: oneOf("paths", PATH_VIEWS),
    node: valid("node", (text) => isUnderstood(() => parseNode(text))),
    pathUnit: oneOf("pathUnit", ["person", "session"]),
    positions: between("positions", 2, 20),
    top: between("top", 1, 100),
    start: text("start"),
    end: text("end"),
    backward: flag("backward"),
    center: text("center"),
    length: between("length", 2, 20),
    delay: valid("delay", isDuration),
    touchpoint: oneOf("touchpoint", ["page", "name"]),
  };
}

/** The address of a state: only what differs from the defaults. */
export function writeState(state: ViewState): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(state) as [keyof ViewState, ViewState[keyof ViewState]][]) {
    if (value === DEFAULTS[key] || value === undefined) continue;
    query.set(
      PARAMETERS[key] ?? key,
      typeof value === "object" ? joinSteps(value) : value === true ? "1" : String(value),
    );
  }
  const text = query.toString().replaceAll("%2C", ",").replaceAll("%7C", "|").replaceAll("%3A", ":");
  return text ? `?${text}` : location.pathname;
}

/** Whether a text says what to compare with. */
function isComparison(text: string): boolean {
  const days = text.split("..");
  return text === "1" || /^(did|not):./.test(text) || (days.length === 2 && days.every(isDate));
}

/** Whether this browser knows a time zone. */
export function isZone(name: string): boolean {
  return isUnderstood(() => new Intl.DateTimeFormat("en", { timeZone: name }));
}

function isUnderstood(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}

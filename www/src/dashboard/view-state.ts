/** What a person chose to look at, kept in the page's address so that a view can be linked. */
import { parseDuration } from "../elements/format";
import { parseNode } from "../elements/paths";
import { joinSteps, splitSteps, type StepTexts, stepFilter, toFilter } from "../elements/steps";
import type { FunnelConfig } from "../generated/FunnelConfig";
import type { FunnelOrder } from "../generated/FunnelOrder";
import type { PathsConfig } from "../generated/PathsConfig";
import type { Summary } from "../generated/Summary";
import type { Unit } from "../generated/Unit";

export interface ViewState {
  /** The site that was chosen; absent for the one where something happened last, and for files. */
  readonly site: string | undefined;
  /** Steps of the funnel, each a list of alternatives: event names, or `page:` and a template; absent for a guess from the names present. */
  readonly steps: StepTexts | undefined;
  readonly window: string;
  readonly unit: Unit;
  readonly order: FunnelOrder;
  readonly node: string;
  readonly pathUnit: Unit;
  readonly positions: number;
  readonly top: number;
  readonly start: string;
}

const DEFAULTS: ViewState = {
  site: undefined,
  steps: undefined,
  window: "1d",
  unit: "person",
  order: "sequential",
  node: "name",
  pathUnit: "session",
  positions: 5,
  top: 8,
  start: "",
};

/** Reads the address; what is not understood is as if it were not there. */
export function readState(search: string): ViewState {
  const query = new URLSearchParams(search);
  const oneOf = <T extends string>(key: string, allowed: readonly T[], otherwise: T): T =>
    allowed.find((value) => value === query.get(key)) ?? otherwise;
  const between = (key: string, low: number, high: number, otherwise: number): number => {
    const number = Number(query.get(key) ?? Number.NaN);
    return Number.isInteger(number) && number >= low && number <= high ? number : otherwise;
  };
  const steps = query.get("steps");
  const window = query.get("window") ?? "";
  const node = query.get("node") ?? "";
  return {
    site: query.get("site") ?? undefined,
    steps: steps === null ? undefined : splitSteps(steps),
    window: parseDuration(window) === undefined ? DEFAULTS.window : window,
    unit: oneOf("unit", ["person", "session"], DEFAULTS.unit),
    order: oneOf("order", ["sequential", "strict", "any"], DEFAULTS.order),
    node: isNode(node) ? node : DEFAULTS.node,
    pathUnit: oneOf("path_unit", ["person", "session"], DEFAULTS.pathUnit),
    positions: between("positions", 2, 20, DEFAULTS.positions),
    top: between("top", 1, 100, DEFAULTS.top),
    start: query.get("start") ?? DEFAULTS.start,
  };
}

/** The address of a state: only what differs from the defaults. */
export function writeState(state: ViewState): string {
  const query = new URLSearchParams();
  const set = (key: string, value: string, otherwise: string) => {
    if (value !== otherwise) query.set(key, value);
  };
  if (state.site !== undefined) query.set("site", state.site);
  if (state.steps) query.set("steps", joinSteps(state.steps));
  set("window", state.window, DEFAULTS.window);
  set("unit", state.unit, DEFAULTS.unit);
  set("order", state.order, DEFAULTS.order);
  set("node", state.node, DEFAULTS.node);
  set("path_unit", state.pathUnit, DEFAULTS.pathUnit);
  set("positions", String(state.positions), String(DEFAULTS.positions));
  set("top", String(state.top), String(DEFAULTS.top));
  set("start", state.start, DEFAULTS.start);
  const text = query.toString().replaceAll("%2C", ",").replaceAll("%7C", "|");
  return text ? `?${text}` : location.pathname;
}

function isNode(text: string): boolean {
  try {
    parseNode(text);
    return true;
  } catch {
    return false;
  }
}

/** Funnels that shops ask for first, by the vocabularies that exports use. */
const USUAL_FUNNELS: readonly (readonly string[])[] = [
  ["view_item", "add_to_cart", "begin_checkout", "purchase"],
  ["view", "cart", "purchase"],
  ["clicks", "carts", "orders"],
  ["page_view", "add_to_cart", "purchase"],
  ["$pageview", "add_to_cart", "purchase"],
];

/** The funnel to begin with: the usual one of which most names are there, else the commonest names. */
export function defaultSteps({ names }: Summary): string[][] {
  const present = new Set(names.map(({ name }) => name));
  const found = USUAL_FUNNELS.map((funnel) => funnel.filter((name) => present.has(name)));
  const best = found.toSorted((a, b) => b.length - a.length)[0] ?? [];
  const chosen = best.length >= 2 ? best : names.slice(0, 3).map(({ name }) => name);
  return chosen.map((name) => [name]);
}

/** The funnel that a state describes. */
export function funnelConfig(state: ViewState, steps: StepTexts): FunnelConfig {
  return {
    steps: steps.map((names) => ({ filter: stepFilter(names) })),
    window_millis: parseDuration(state.window) ?? 86_400_000,
    unit: state.unit,
    order: state.order,
  };
}

/** The path graph that a state describes. */
export function pathsConfig(state: ViewState): PathsConfig {
  return {
    node: parseNode(state.node),
    unit: state.pathUnit,
    n_positions: state.positions,
    n_top: state.top,
    start: state.start ? toFilter(state.start) : null,
  };
}

/** The requests that a state of the page describes. */
import { parseDuration } from "../elements/format";
import { parseBreakdown } from "../elements/funnel-options";
import { parseNode } from "../elements/nodes";
import { datesBetween, ownTimeZone } from "../elements/scope";
import { type StepTexts, toFilter, toStep } from "../elements/steps";
import type { CartEvents } from "../generated/CartEvents";
import type { CartsConfig } from "../generated/CartsConfig";
import type { ExactPathsConfig } from "../generated/ExactPathsConfig";
import type { Filter } from "../generated/Filter";
import type { FrictionConfig } from "../generated/FrictionConfig";
import type { FunnelConfig } from "../generated/FunnelConfig";
import type { PathsConfig } from "../generated/PathsConfig";
import type { Scope } from "../generated/Scope";
import type { Segment } from "../generated/Segment";
import type { StepMatrixConfig } from "../generated/StepMatrixConfig";
import type { Summary } from "../generated/Summary";
import type { TransitionsConfig } from "../generated/TransitionsConfig";
import type { ViewState } from "./view-state";

/** Funnels that shops ask for first, by the vocabularies that exports use. */
const USUAL_FUNNELS: readonly (readonly string[])[] = [
  ["view_item", "add_to_cart", "begin_checkout", "purchase"],
  ["view", "cart", "purchase"],
  ["view", "addtocart", "transaction"],
  ["clicks", "carts", "orders"],
  ["Product Viewed", "Product Added", "Checkout Started", "Order Completed"],
  ["page_view", "add_to_cart", "purchase"],
  ["$pageview", "add_to_cart", "purchase"],
  ["action", "add", "ecommerceOrder"],
];

/** Names of putting into the cart and of buying, and others that differ from the usual ones. */
interface CartNames extends Readonly<Partial<Record<keyof CartEvents, string>>> {
  readonly add: string;
  readonly purchase: string;
}

const CART_NAMES: readonly CartNames[] = [
  { add: "add_to_cart", purchase: "purchase" },
  { add: "add_to_cart", purchase: "transaction" },
  { add: "addtocart", purchase: "transaction" },
  { add: "cart", purchase: "purchase" },
  { add: "carts", purchase: "orders" },
  {
    add: "Product Added",
    remove: "Product Removed",
    view: "Cart Viewed",
    checkout: "Checkout Started",
    payment: "Payment Info Entered",
    purchase: "Order Completed",
    refund: "Order Refunded",
  },
];

/** The funnel to begin with: the usual one of which most names are there, else the commonest names. */
export function defaultSteps({ names }: Summary): string[][] {
  const present = new Set(names.map(({ name }) => name));
  const found = USUAL_FUNNELS.map((funnel) => funnel.filter((name) => present.has(name)));
  const best = found.toSorted((a, b) => b.length - a.length)[0] ?? [];
  const chosen = best.length >= 2 ? best : names.slice(0, 3).map(({ name }) => name);
  return chosen.map((name) => [name]);
}

/** Names of the events by which something is put into a cart and bought; `undefined` where there are no carts. */
function cartNames({ names }: Summary): CartNames | undefined {
  const present = new Set(names.map(({ name }) => name));
  const filled = CART_NAMES.filter(({ add }) => present.has(add));
  return filled.find(({ purchase }) => present.has(purchase)) ?? filled[0];
}

/** The zone in which days begin. */
export function zoneOf({ zone }: ViewState): string {
  return zone || ownTimeZone();
}

/** Which part of the data every report looks at. */
export function scopeOf(state: ViewState): Scope {
  const dates = datesBetween(state.from, state.until, zoneOf(state));
  return {
    ...(dates ? { dates } : {}),
    ...(state.people ? { people: peopleOf(state.people) } : {}),
    ...(/=./.test(state.where) ? { events: whereOf(state.where) } : {}),
  };
}

/** Whether there is a period before: the one that is shown needs both its ends. */
export function hasPeriodBefore({ from, until }: ViewState): boolean {
  return from !== "" && until !== "";
}

/** Which other part of the data every report is set beside, as the elements take it. */
export function comparisonOf(state: ViewState): { compare: string; against: Scope | undefined } {
  const { compare } = state;
  if (compare === "1") return { compare: hasPeriodBefore(state) ? "previous_period" : "", against: undefined };
  const isPeople = /^(did|not):/.test(compare);
  return { compare, against: isPeople ? { ...scopeOf(state), people: peopleOf(compare) } : undefined };
}

function peopleOf(text: string): Segment {
  const filter = toFilter(text.slice("did:".length));
  return { did: text.startsWith("not:") ? { filter, at_most: 0 } : { filter } };
}

/** `KEY=VALUE`: what reads like a number or a truth value is met by the value itself and by its text. */
function whereOf(text: string): Filter {
  const at = text.indexOf("=");
  const [key, value] = [text.slice(0, at), text.slice(at + 1)];
  const equal = (value: string | number | boolean): Filter => ({ prop: { key, op: "eq", value } });
  if (value === "true" || value === "false") return { any: [equal(value), equal(value === "true")] };
  const number = Number(value);
  return value.trim() !== "" && Number.isFinite(number) ? { any: [equal(value), equal(number)] } : equal(value);
}

export function funnelConfig(state: ViewState, steps: StepTexts): FunnelConfig {
  const isSequential = state.order === "sequential";
  return {
    // The first and the last step are never optional, also when they have just become so by a move.
    steps: steps.map((names, at) => {
      const { optional, ...step } = toStep(names);
      return optional && isSequential && at > 0 && at + 1 < steps.length ? { ...step, optional } : step;
    }),
    window_millis: parseDuration(state.window) ?? 86_400_000,
    unit: state.unit,
    order: state.order,
    count: state.open ? "units" : state.count,
    open: state.open && state.order !== "any",
    ...(state.exclude && isSequential && steps.length > 1
      ? { exclude: [{ filter: toFilter(state.exclude), mode: "remove" as const }] }
      : {}),
    ...(state.by ? { breakdown: { by: parseBreakdown(state.by), at: state.touch } } : {}),
    ...(state.trend ? { trend: { by: state.trend, time_zone: zoneOf(state) } } : {}),
    ...(state.correlation ? { correlation: {} } : {}),
  };
}

function pathOf(state: ViewState) {
  return {
    node: parseNode(state.node),
    unit: state.pathUnit,
    start: state.start ? toFilter(state.start) : null,
    end: state.end ? toFilter(state.end) : null,
  };
}

export function pathsConfig(state: ViewState): PathsConfig {
  return { ...pathOf(state), n_positions: state.positions, n_top: state.top, backward: state.backward };
}

export function transitionsConfig(state: ViewState): TransitionsConfig {
  return { ...pathOf(state), n_top: state.top };
}

export function stepMatrixConfig(state: ViewState): StepMatrixConfig {
  const { positions, center } = state;
  const extent = center
    ? { center: toFilter(center), n_before: positions, n_after: positions }
    : { n_positions: positions };
  return { ...pathOf(state), n_top: state.top, ...extent };
}

export function exactPathsConfig(state: ViewState, summary: Summary): ExactPathsConfig {
  return { ...pathOf(state), length: state.length || null, n_top: state.top, goal: goalOf(summary) };
}

export function cartsConfig(state: ViewState, summary: Summary): CartsConfig | undefined {
  const names = cartNames(summary);
  if (!names) return undefined;
  const events = Object.fromEntries(Object.entries(names).map(([event, name]) => [event, { name }]));
  return { delay_millis: parseDuration(state.delay) ?? 3_600_000, events };
}

export function frictionConfig(state: ViewState, summary: Summary): FrictionConfig {
  return { touchpoint: state.touchpoint, goal: goalOf(summary) };
}

/** What a visit is to reach: a purchase, by whatever name the data has for it. */
function goalOf(summary: Summary): Filter {
  const present = new Set(summary.names.map(({ name }) => name));
  const goals = USUAL_FUNNELS.flatMap((funnel) => funnel.slice(-1));
  return { name: cartNames(summary)?.purchase ?? goals.find((name) => present.has(name)) ?? "purchase" };
}

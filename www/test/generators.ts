/** What people may have chosen. */
import fc from "fast-check";
import { DEFAULTS, PATH_VIEWS, type ViewState } from "../src/dashboard/view-state";
import { PERIODS } from "../src/elements/funnel-options";
import { addDays } from "../src/elements/scope";

/** Names of events, with all the letters that mean something in a list or an address. */
const name = fc
  .string({ unit: fc.constantFrom("a", "B", "é", " ", ",", "|", "\\", "%", "2", "C", "&", "=", "+", "#", ":", "?") })
  .filter((text) => text !== "" && text.trim() === text);

/** Steps of a funnel, each a list of alternatives. */
export const steps = fc.array(fc.array(name, { minLength: 1, maxLength: 3 }), { maxLength: 4 });

const date = fc.integer({ min: 0, max: 40_000 }).map((days) => addDays("1990-01-01", days));
const duration = fc.constantFrom("30m", "1d", "90 s", "1.5h");
const people = name.chain((text) => fc.constantFrom("", `did:${text}`, `not:${text}`));

/** A view of the dashboard that its controls can lead to. */
export const states: fc.Arbitrary<ViewState> = fc.record(
  {
    site: fc.option(name, { nil: undefined }),
    from: fc.oneof(fc.constant(""), date),
    until: fc.oneof(fc.constant(""), date),
    zone: fc.constantFrom("", "UTC", "Europe/Berlin"),
    compare: fc.oneof(
      fc.constantFrom("", "1"),
      fc.tuple(date, date).map(([a, b]) => `${a}..${b}`),
      people,
    ),
    people,
    where: fc.oneof(
      fc.constant(""),
      fc.tuple(fc.constantFrom("plan", "a b"), name).map(([key, value]) => `${key}=${value}`),
    ),
    steps: fc.option(steps, { nil: undefined }),
    window: duration,
    unit: fc.constantFrom("person", "session"),
    order: fc.constantFrom("sequential", "strict", "any"),
    count: fc.constantFrom("units", "totals"),
    open: fc.boolean(),
    exclude: fc.oneof(fc.constant(""), name),
    by: fc.constantFrom("", "name", "page", "item_id", "prop:a|b"),
    touch: fc.constantFrom("first_touch", "last_touch"),
    trend: fc.constantFrom("" as const, ...PERIODS),
    correlation: fc.boolean(),
    paths: fc.constantFrom(...PATH_VIEWS),
    node: fc.constantFrom("name", "page", "stage", "prop:x y"),
    pathUnit: fc.constantFrom("person", "session"),
    positions: fc.integer({ min: 2, max: 20 }),
    top: fc.integer({ min: 1, max: 100 }),
    start: fc.oneof(fc.constant(""), name),
    end: fc.oneof(fc.constant(""), name),
    backward: fc.boolean(),
    center: fc.oneof(fc.constant(""), name),
    length: fc.oneof(fc.constant(DEFAULTS.length), fc.integer({ min: 2, max: 20 })),
    delay: duration,
    touchpoint: fc.constantFrom("page", "name"),
  },
  { noNullPrototype: true },
);

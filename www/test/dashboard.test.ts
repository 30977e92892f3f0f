/** From the address to a view, and from a view to requests. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cartsConfig, comparisonOf, defaultSteps, frictionConfig, funnelConfig } from "../src/dashboard/requests";
import { DEFAULTS, readState, writeState } from "../src/dashboard/view-state";
import type { Summary } from "../src/generated/Summary";
import { states } from "./generators";

Object.assign(globalThis, { location: { pathname: "/" } });

test("an address leads back to the view that it was made of", () => {
  fc.assert(
    fc.property(states, (state) => {
      const address = new URL(writeState(state), "https://collector.example/");
      assert.deepEqual(readState(address.search), state);
    }),
  );
});

test("what an address says wrongly is as if it were not there", () => {
  const search =
    "?window=soon&positions=1&top=2.5&from=2026-02-30&zone=Mars&node=prop:&order=random&open=yes&people=ann";
  assert.deepEqual(readState(search), DEFAULTS);
  assert.equal(writeState(DEFAULTS), "/");
});

/** A summary of data with these names, the commonest first. */
function summaryOf(...names: string[]): Summary {
  const counts = names.map((name, index) => ({ name, n_events: 100 - index, n_people: 10 }));
  return { names: counts } as unknown as Summary;
}

test("the funnel to begin with is the usual one of the data's vocabulary", () => {
  for (const [names, expected] of [
    [
      ["page_view", "view_item", "click", "add_to_cart", "purchase"],
      ["view_item", "add_to_cart", "purchase"],
    ],
    [
      ["view", "purchase", "cart"],
      ["view", "cart", "purchase"],
    ],
    [
      ["Product Viewed", "page", "Order Completed", "Product Added"],
      ["Product Viewed", "Product Added", "Order Completed"],
    ],
    [
      ["action", "add", "ecommerceOrder", "search"],
      ["action", "add", "ecommerceOrder"],
    ],
    [
      ["login", "play", "pause", "stop"],
      ["login", "play", "pause"],
    ],
    [[], []],
  ] as const) {
    assert.deepEqual(defaultSteps(summaryOf(...names)).flat(), expected);
  }
});

test("carts and their purchase go by the data's names", () => {
  for (const [names, expected] of [
    [["add_to_cart", "purchase"], { add: "add_to_cart", purchase: "purchase" }],
    [["add_to_cart", "transaction"], { add: "add_to_cart", purchase: "transaction" }],
    [["add_to_cart"], { add: "add_to_cart", purchase: "purchase" }],
    [["carts", "orders", "clicks"], { add: "carts", purchase: "orders" }],
  ] as const) {
    const events = Object.fromEntries(Object.entries(expected).map(([event, name]) => [event, { name }]));
    assert.deepEqual(cartsConfig(DEFAULTS, summaryOf(...names)), { delay_millis: 3_600_000, events });
  }
  const segment = cartsConfig(DEFAULTS, summaryOf("Product Added", "Order Completed"));
  assert.deepEqual(segment?.events?.remove, { name: "Product Removed" });
  assert.equal(cartsConfig(DEFAULTS, summaryOf("view", "purchase")), undefined);
});

test("what a visit is to reach goes by the data's names", () => {
  for (const [names, goal] of [
    [["Product Added", "Order Completed"], "Order Completed"],
    [["action", "ecommerceOrder"], "ecommerceOrder"],
    [["view"], "purchase"],
  ] as const) {
    assert.deepEqual(frictionConfig(DEFAULTS, summaryOf(...names)).goal, { name: goal });
  }
});

test("a view becomes the requests that it describes", () => {
  const state = { ...DEFAULTS, zone: "UTC", from: "2026-01-08", until: "2026-01-14", compare: "1", window: "12h" };
  const config = funnelConfig(state, [["view"], ["add", "wish"]]);
  assert.equal(config.window_millis, 43_200_000);
  assert.deepEqual(config.steps, [
    { filter: { name: "view" } },
    { filter: { any: [{ name: "add" }, { name: "wish" }] } },
  ]);
  assert.deepEqual(comparisonOf(state), { compare: "previous_period", against: undefined });
  // Beside other people, in the same days; the day after the last is no longer in.
  assert.deepEqual(comparisonOf({ ...state, compare: "not:login" }).against, {
    dates: { from: "2026-01-08", to: "2026-01-15", time_zone: "UTC" },
    people: { did: { filter: { name: "login" }, at_most: 0 } },
  });
});

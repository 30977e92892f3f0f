/** Steps, spans of time, dates and money as texts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatDuration, formatMoney, formatShare, formatTimes, parseDuration } from "../src/elements/format";
import { addDays, datesBetween, isDate } from "../src/elements/scope";
import { joinSteps, splitSteps, toStep } from "../src/elements/steps";
import { steps } from "./generators";

test("steps are read as they were written", () => {
  fc.assert(fc.property(steps, (some) => assert.deepEqual(splitSteps(joinSteps(some)), some)));
});

test("steps as people write them", () => {
  assert.deepEqual(splitSteps(" view_item ,, add|wish| ,buy\\, pay\\|go\\\\"), [
    ["view_item"],
    ["add", "wish"],
    ["buy, pay|go\\"],
  ]);
  assert.deepEqual(toStep(["add", "page:/cart", "?"]), {
    filter: { any: [{ name: "add" }, { page: "/cart" }] },
    optional: true,
  });
  assert.deepEqual(toStep(["add"]), { filter: { name: "add" } });
});

test("spans of time", () => {
  for (const [text, millis] of [
    ["30m", 1_800_000],
    [" 1.5 h ", 5_400_000],
    ["2w", 1_209_600_000],
    ["250ms", 250],
    ["1", undefined],
    ["-1d", undefined],
    ["1 month", undefined],
  ] as const) {
    assert.equal(parseDuration(text), millis, text);
  }
  for (const [millis, text] of [
    [0, "0 ms"],
    [999, "999 ms"],
    [1_000, "1 s"],
    [65_000, "1 min 5 s"],
    [3_600_000, "1 h"],
    [90_061_000, "1 d 1 h"],
  ] as const) {
    assert.equal(formatDuration(millis), text);
  }
});

test("dates of the calendar", () => {
  for (const [text, expected] of [
    ["2026-02-28", true],
    ["2024-02-29", true],
    ["2026-02-29", false],
    ["2026-2-1", false],
    ["yesterday", false],
    ["", false],
  ] as const) {
    assert.equal(isDate(text), expected, text);
  }
  assert.equal(addDays("2024-02-28", 2), "2024-03-01");
  assert.equal(addDays("2026-01-01", -1), "2025-12-31");
  // The last day is in, so the range ends where the next one begins.
  assert.deepEqual(datesBetween("2026-01-01", "2026-01-31", "Europe/Berlin"), {
    from: "2026-01-01",
    to: "2026-02-01",
    time_zone: "Europe/Berlin",
  });
  assert.equal(datesBetween("", "", "UTC"), undefined);
  assert.throws(() => datesBetween("", "31.1.2026", "UTC"), /until="31\.1\.2026" is not a date/);
});

test("numbers in reports", () => {
  assert.equal(formatMoney(123_456, "EUR"), "€1,234.56");
  assert.equal(formatMoney(1_234, "JPY"), "¥1,234");
  assert.equal(formatMoney(1_234, ""), "1,234 (no currency)");
  assert.equal(formatShare(0.1234), "12.3%");
  assert.equal(formatShare(null), "–");
  assert.deepEqual([0.5, 9.999, 12.34, 1_234].map(formatTimes), ["0.50×", "10.00×", "12.3×", "1,234×"]);
});

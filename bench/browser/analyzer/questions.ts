/** What both engines are asked, and how their answers become comparable. */

import type { Row } from "./duckdb";
import channelsSql from "./sql/channels.sql";
import fiveStepsSql from "./sql/five-steps.sql";
import funnelReportSql from "./sql/funnel-report.sql";
import funnelSql from "./sql/funnel.sql";
import namesSql from "./sql/names.sql";
import pathsSql from "./sql/paths.sql";
import transitionsSql from "./sql/transitions.sql";
import trendSql from "./sql/trend.sql";

export interface Question {
  title: string;
  /** For our engine; absent where the answer is part of the summary that an import gives. */
  request?: object;
  sql: string;
  /** An answer as lines of text that are the same whenever the answers are. */
  ours(report: never): string[];
  theirs(rows: Row[]): string[];
}

const STEPS = ["view_item", "add_to_cart", "begin_checkout", "purchase"];

const FUNNEL = {
  analysis: "funnel",
  steps: STEPS.map((name) => ({ filter: { name } })),
  window_millis: 86_400_000,
  unit: "person",
  order: "sequential",
};

interface Times {
  median: number;
  p95: number;
}

interface FunnelReport {
  steps: {
    n_units: number;
    n_dropped: number;
    n_pending: number;
    millis_from_previous?: Times;
    millis_from_first?: Times;
    next_events_of_dropped: { name: string; n_units: number }[];
  }[];
  trend: { periods: { start_ts: number; n_units: number[] }[] };
  breakdown: { groups: { value?: string; report: FunnelReport }[] };
}

const stepsOf = (row: Row) => STEPS.map((_, index) => row[`step_${index + 1}`]).join(", ");

interface PathsReport {
  positions: { kind: string; label: string }[][];
  edges: { position: number; from: number; to: number; n_units: number }[];
}

interface TransitionsReport {
  nodes: { kind: string; label: string }[];
  edges: { from: number; to: number; n_transitions: number; median_millis: number | null; p95_millis: number | null }[];
}

interface ExactPathsReport {
  paths: { nodes: string[]; n_units: number; n_occurrences: number; median_millis: number }[];
}

/** Tenths of a millisecond, halves away from zero as in SQL; -1 for no time. */
const tenths = (millis: number | null) => (millis === null ? -1 : Math.round(millis * 10));

interface Summary {
  names: { name: string; n_events: number }[];
}

export const questions: Record<string, Question> = {
  names: {
    title: "events by name",
    sql: namesSql,
    ours: ({ names }: Summary) => names.map(({ name, n_events }) => `${name}: ${n_events}`).sort(),
    theirs: (rows) => rows.map(({ name, n }) => `${name}: ${n}`).sort(),
  },
  funnel: {
    title: "funnel of 4 steps within a day",
    request: FUNNEL,
    sql: funnelSql,
    ours: ({ steps }: FunnelReport) => steps.map(({ n_units }, index) => `step ${index + 1}: ${n_units}`),
    theirs: ([row]) => STEPS.map((_, index) => `step ${index + 1}: ${row?.[`step_${index + 1}`]}`),
  },
  "funnel-report": {
    title: "the same funnel with dropped, pending, times and what comes next",
    request: FUNNEL,
    sql: funnelReportSql,
    ours: ({ steps }: FunnelReport) =>
      steps.map((step, index) => {
        const { millis_from_previous: previous, millis_from_first: first } = step;
        const times = [previous?.median, previous?.p95, first?.median].map((millis) => tenths(millis ?? null));
        const next = step.next_events_of_dropped.map(({ name, n_units }) => `${name} ${n_units}`);
        return [index + 1, step.n_units, step.n_dropped, step.n_pending, ...times, next.join(", ")].join("; ");
      }),
    theirs: (rows) =>
      rows
        .map((row) => {
          const { step, n, dropped, pending, median, p95, from_first: first, next } = row;
          return [step, n, dropped, pending, median, p95, first, next].join("; ");
        })
        .sort(),
  },
  trend: {
    title: "the same funnel by day",
    request: { ...FUNNEL, trend: { by: "day" } },
    sql: trendSql,
    ours: ({ trend }: FunnelReport) =>
      trend.periods.map(({ start_ts, n_units }) => `day ${start_ts / 86_400_000}: ${n_units.join(", ")}`).sort(),
    theirs: (rows) => rows.map((row) => `day ${row.day}: ${stepsOf(row)}`).sort(),
  },
  channels: {
    title: "the same funnel for each of ten channels",
    request: { ...FUNNEL, breakdown: { by: { prop: "channel" } } },
    sql: channelsSql,
    ours: ({ breakdown }: FunnelReport) =>
      breakdown.groups
        .map(({ value, report }) => `${value}: ${report.steps.map(({ n_units }) => n_units).join(", ")}`)
        .sort(),
    theirs: (rows) => rows.map((row) => `${row.channel}: ${stepsOf(row)}`).sort(),
  },
  paths: {
    title: "position graph, 5 positions, 8 nodes each",
    request: {
      analysis: "paths",
      node: "name",
      unit: "session",
      n_positions: 5,
      n_top: 8,
      collapse_repeats: true,
    },
    sql: pathsSql,
    ours: ({ positions, edges }: PathsReport) => {
      const label = (position: number, index: number) => {
        const node = positions[position]?.[index];
        return node?.kind === "node" ? `node ${node.label}` : node?.kind;
      };
      return edges
        .map(
          ({ position, from, to, n_units }) =>
            `${position}: ${label(position, from)} -> ${label(position + 1, to)}: ${n_units}`,
        )
        .sort();
    },
    theirs: (rows) => rows.map(({ position, source, target, n }) => `${position}: ${source} -> ${target}: ${n}`).sort(),
  },
  transitions: {
    title: "transition graph, 12 nodes, with times",
    request: { analysis: "transitions", node: "name", unit: "session", n_top: 12, collapse_repeats: true },
    sql: transitionsSql,
    ours: ({ nodes, edges }: TransitionsReport) => {
      const label = (index: number) => {
        const node = nodes[index];
        return node?.kind === "node" ? `node ${node.label}` : node?.kind;
      };
      return edges
        .map(
          ({ from, to, n_transitions, median_millis, p95_millis }) =>
            `${label(from)} -> ${label(to)}: ${n_transitions}, ${tenths(median_millis)}, ${tenths(p95_millis)}`,
        )
        .sort();
    },
    theirs: (rows) =>
      rows.map(({ source, target, n, median, p95 }) => `${source} -> ${target}: ${n}, ${median}, ${p95}`).sort(),
  },
  "five-steps": {
    title: "the 20 commonest 5-step paths, with times",
    request: { analysis: "exact_paths", node: "name", unit: "session", length: 5, n_top: 20, collapse_repeats: true },
    sql: fiveStepsSql,
    ours: ({ paths }: ExactPathsReport) =>
      paths
        .map(
          ({ nodes, n_units, n_occurrences, median_millis }) =>
            `${nodes.join(" -> ")}: ${n_units}, ${n_occurrences}, ${tenths(median_millis)}`,
        )
        .sort(),
    theirs: (rows) => rows.map(({ path, sessions, n, median }) => `${path}: ${sessions}, ${n}, ${median}`).sort(),
  },
};

/** The variants of a query in one of the files of `sql/`, by name. */
export function variants(sql: string): [name: string, query: string][] {
  let common = "";
  return sql
    .split("-- variant: ")
    .slice(1)
    .map((part) => {
      const [name = "", ...lines] = part.split("\n");
      // What follows this line in the first variant that has it ends all of them.
      const [own = "", shared] = lines.join("\n").split("-- common\n");
      common = shared?.trim() ? shared : common;
      return [name.trim(), shared === undefined ? own : own + common];
    });
}

/** What both engines are asked, and how their answers become comparable. */

import type { Row } from "./duckdb";
import funnelSql from "./sql/funnel.sql";
import namesSql from "./sql/names.sql";
import pathsSql from "./sql/paths.sql";

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

interface FunnelReport {
  steps: { n_units: number }[];
}

interface PathsReport {
  positions: { kind: string; label: string }[][];
  edges: { position: number; from: number; to: number; n_units: number }[];
}

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
    request: {
      analysis: "funnel",
      steps: STEPS.map((name) => ({ filter: { name } })),
      window_millis: 86_400_000,
      unit: "person",
      order: "sequential",
    },
    sql: funnelSql,
    ours: ({ steps }: FunnelReport) => steps.map(({ n_units }, index) => `step ${index + 1}: ${n_units}`),
    theirs: ([row]) => STEPS.map((_, index) => `step ${index + 1}: ${row?.[`step_${index + 1}`]}`),
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

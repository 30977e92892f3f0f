/**
 * The graph of transitions: nodes on an ellipse from the start at the left to the end at the right, the busiest moves
 * as curves between them.
 */
import { GraphChart, type GraphSeriesOption } from "echarts/charts";
import { use } from "echarts/core";
import type { TransitionEdge } from "../generated/TransitionEdge";
import type { TransitionNode } from "../generated/TransitionNode";
import { Chart } from "./chart";
import { formatCount, formatDuration, formatShare } from "./format";
import type { TransitionsReportOfRequest } from "./transitions";

use([GraphChart]);

/** Curves that are drawn; the table has all. */
const MAX_EDGES = 40;
/** Half the axes of the ellipse, in the diagram's own measure. */
const WIDTH = 420;
const HEIGHT = 190;

export class TransitionGraph extends Chart<TransitionsReportOfRequest> {
  protected override height({ nodes }: TransitionsReportOfRequest): number {
    return nodes.length > 8 ? 480 : 380;
  }

  protected override options(report: TransitionsReportOfRequest) {
    return { tooltip: { trigger: "item" }, series: [this.#series(report)] };
  }

  #series({ nodes, edges }: TransitionsReportOfRequest): GraphSeriesOption {
    const accent = this.colour("--desire-accent");
    const muted = this.colour("--desire-muted");
    const most = Math.max(1, ...nodes.map(({ n_visits }) => n_visits));
    const busiest = Math.max(1, ...edges.map(({ n_transitions }) => n_transitions));
    const places = placeNodes(nodes);
    return {
      type: "graph",
      layout: "none",
      left: 110,
      right: 110,
      top: 48,
      bottom: 48,
      emphasis: { focus: "adjacency", lineStyle: { opacity: 0.85 } },
      blur: { lineStyle: { opacity: 0.05 }, itemStyle: { opacity: 0.25 }, label: { opacity: 0.3 } },
      edgeSymbol: ["none", "arrow"],
      edgeSymbolSize: 7,
      data: nodes.map((node, index) => ({
        id: String(index),
        name: node.label,
        ...places[index],
        symbolSize: 10 + 26 * Math.sqrt(node.n_visits / most),
        itemStyle: { color: node.kind === "node" ? accent : muted },
        label: {
          show: true,
          position: labelSide(places[index]?.x ?? 0, places[index]?.y ?? 0),
          color: this.colour("--desire-ink"),
          fontFamily: this.font(),
          fontSize: 12,
          width: 150,
          overflow: "truncate",
        },
        node,
      })),
      links: edges
        .filter(({ from, to }) => from !== to)
        .slice(0, MAX_EDGES)
        .map((edge) => ({
          source: String(edge.from),
          target: String(edge.to),
          value: edge.n_transitions,
          lineStyle: {
            color: accent,
            width: 1 + 7 * (edge.n_transitions / busiest),
            opacity: 0.18 + 0.4 * (edge.n_transitions / busiest),
            curveness: 0.18,
          },
          edge,
          names: `${nodes[edge.from]?.label} → ${nodes[edge.to]?.label}`,
        })),
      tooltip: { formatter: (item) => words((Array.isArray(item) ? item[0] : item)?.data as Shown) },
    };
  }
}

interface Shown {
  readonly node?: TransitionNode;
  readonly edge?: TransitionEdge;
  readonly names?: string;
}

function words({ node, edge, names }: Shown): string {
  if (node) {
    const units = node.n_units === null ? "" : `, ${formatCount(node.n_units)} units`;
    return `${node.label}: ${formatCount(node.n_visits)} visits${units}\n${node.pattern}`;
  }
  if (!edge) return "";
  const median = edge.median_millis === null ? "" : `, median ${formatDuration(edge.median_millis)}`;
  return `${names}: ${formatCount(edge.n_transitions)}\n${formatShare(edge.share_of_exits)} of what leaves${median}\n${edge.pattern}`;
}

/** The start at the left, the end at the right, the nodes above and below in turn: the most visited ones first. */
function placeNodes(nodes: readonly TransitionNode[]): { x: number; y: number }[] {
  const inner = nodes.filter(({ kind }) => kind === "node" || kind === "other").length;
  const columns = Math.ceil(inner / 2);
  let placed = 0;
  return nodes.map(({ kind }) => {
    if (kind === "start") return { x: -WIDTH, y: 0 };
    if (kind === "end") return { x: WIDTH, y: 0 };
    const side = placed % 2 === 0 ? -1 : 1;
    const angle = Math.PI * (1 - (Math.floor(placed / 2) + 1) / (columns + 1));
    placed += 1;
    return { x: WIDTH * Math.cos(angle), y: side * HEIGHT * Math.sin(angle) };
  });
}

/** Where a label does not cover the curves: outside of the ellipse. */
function labelSide(x: number, y: number): "left" | "right" | "top" | "bottom" {
  if (y === 0) return x < 0 ? "left" : "right";
  return y < 0 ? "top" : "bottom";
}

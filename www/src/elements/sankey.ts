/** The Sankey diagram of a position graph, drawn by ECharts. Loaded apart, when the first diagram is needed. */
import { SankeyChart, type SankeySeriesOption } from "echarts/charts";
import { use } from "echarts/core";
import type { PathNode } from "../generated/PathNode";
import { Chart } from "./chart";
import { formatCount, formatShare } from "./format";
import type { PathsReportOfRequest } from "./paths";

use([SankeyChart]);

/** Height of the diagram: this much for each node of the fullest position, within bounds. */
const NODE_PIXELS = 48;
const MIN_PIXELS = 280;
const MAX_PIXELS = 720;

export class Sankey extends Chart<PathsReportOfRequest> {
  protected override height({ positions }: PathsReportOfRequest): number {
    const fullest = Math.max(...positions.map((nodes) => nodes.length));
    return Math.min(MAX_PIXELS, Math.max(MIN_PIXELS, fullest * NODE_PIXELS));
  }

  protected override options(report: PathsReportOfRequest) {
    return { tooltip: { trigger: "item" }, series: [this.#series(report)] };
  }

  #series({ n_units, positions, edges }: PathsReportOfRequest): SankeySeriesOption {
    const accent = this.colour("--desire-accent");
    const muted = this.colour("--desire-muted");
    const ink = this.colour("--desire-ink");
    const paint = ({ kind }: PathNode) => ({
      color: kind === "node" ? accent : muted,
      opacity: kind === "left" || kind === "began" ? 0.35 : 1,
    });
    const data = positions.flatMap((nodes, position) =>
      nodes.map((node, index) => ({
        name: key(position, index),
        depth: position,
        value: node.n_units,
        itemStyle: paint(node),
        node,
      })),
    );
    const links = edges.map((edge) => ({
      source: key(edge.position, edge.from),
      target: key(edge.position + 1, edge.to),
      value: edge.n_units,
      edge,
    }));
    const lastColumn = positions.length - 1;
    return {
      type: "sankey",
      left: 4,
      right: 150,
      top: 12,
      bottom: 12,
      nodeWidth: 10,
      nodeGap: 16,
      nodeAlign: "left",
      layoutIterations: 0,
      draggable: false,
      emphasis: { focus: "trajectory" },
      lineStyle: { color: "source", opacity: 0.22, curveness: 0.5 },
      label: {
        color: ink,
        fontFamily: this.font(),
        fontSize: 12,
        width: lastColumn > 0 ? 145 : 200,
        overflow: "truncate",
        formatter: (item) => {
          const { node } = item.data as { node: PathNode };
          return `${node.label} {n|${formatCount(node.n_units)}}`;
        },
        rich: { n: { color: this.colour("--desire-quiet"), fontSize: 11 } },
      },
      tooltip: {
        formatter: (item) => {
          const shown = (Array.isArray(item) ? item[0] : item)?.data as {
            node?: PathNode;
            edge?: { n_units: number; pattern: string };
          };
          const subject = shown?.node ?? shown?.edge;
          if (!subject) return "";
          const units = `${formatCount(subject.n_units)} (${formatShare(subject.n_units / n_units)})`;
          return `${shown?.node ? `${shown.node.label}: ` : ""}${units}\n${subject.pattern}`;
        },
      },
      data,
      links,
    };
  }
}

function key(position: number, index: number): string {
  return `${position}/${index}`;
}

/** The Sankey diagram of a position graph, drawn by ECharts. Loaded apart, when the first diagram is needed. */
import { SankeyChart, type SankeySeriesOption } from "echarts/charts";
import { TooltipComponent } from "echarts/components";
import { type ECharts, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import type { PathNode } from "../generated/PathNode";
import { formatCount, formatShare } from "./format";
import type { PathsReportOfRequest } from "./paths";

use([SankeyChart, TooltipComponent, SVGRenderer]);

/** Height of the diagram: this much for each node of the fullest position, within bounds. */
const NODE_PIXELS = 48;
const MIN_PIXELS = 280;
const MAX_PIXELS = 720;

export class Sankey {
  readonly place: HTMLElement;
  readonly #chart: ECharts;
  readonly #watch: ResizeObserver;
  readonly #dark = matchMedia("(prefers-color-scheme: dark)");
  readonly #still = matchMedia("(prefers-reduced-motion: reduce)");
  readonly #recolour = () => this.#report && this.draw(this.#report);
  #report: PathsReportOfRequest | undefined;

  constructor(place: HTMLElement) {
    this.place = place;
    this.#chart = init(place, null, { renderer: "svg", height: MIN_PIXELS });
    this.#watch = new ResizeObserver(() => this.#chart.resize());
    this.#watch.observe(place);
    this.#dark.addEventListener("change", this.#recolour);
  }

  dispose(): void {
    this.#watch.disconnect();
    this.#dark.removeEventListener("change", this.#recolour);
    this.#chart.dispose();
  }

  draw(report: PathsReportOfRequest): void {
    this.#report = report;
    const fullest = Math.max(...report.positions.map((nodes) => nodes.length));
    const height = Math.min(MAX_PIXELS, Math.max(MIN_PIXELS, fullest * NODE_PIXELS));
    this.place.style.height = `${height}px`;
    this.#chart.resize({ height });
    this.#chart.setOption(
      {
        animation: !this.#still.matches,
        tooltip: { trigger: "item", confine: true, renderMode: "richText", ...this.#tooltipColours() },
        series: [this.#series(report)],
      },
      { notMerge: true },
    );
  }

  /** The colour that a variable has here and now, as a plain colour, which is all that ECharts can mix. */
  #colour(name: string): string {
    this.place.style.color = `var(${name})`;
    const { color } = getComputedStyle(this.place);
    this.place.style.color = "";
    return color;
  }

  #tooltipColours() {
    return {
      backgroundColor: this.#colour("--desire-surface"),
      borderColor: this.#colour("--desire-line"),
      textStyle: {
        color: this.#colour("--desire-ink"),
        fontFamily: getComputedStyle(this.place).fontFamily,
        fontSize: 13,
      },
    };
  }

  #series({ n_units, positions, edges }: PathsReportOfRequest): SankeySeriesOption {
    const accent = this.#colour("--desire-accent");
    const muted = this.#colour("--desire-muted");
    const ink = this.#colour("--desire-ink");
    const paint = ({ kind }: PathNode) => ({
      color: kind === "node" ? accent : muted,
      opacity: kind === "left" ? 0.35 : 1,
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
        fontFamily: getComputedStyle(this.place).fontFamily,
        fontSize: 12,
        width: lastColumn > 0 ? 145 : 200,
        overflow: "truncate",
        formatter: (item) => {
          const { node } = item.data as { node: PathNode };
          return `${node.label} {n|${formatCount(node.n_units)}}`;
        },
        rich: { n: { color: this.#colour("--desire-quiet"), fontSize: 11 } },
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

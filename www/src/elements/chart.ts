/** What the diagrams share: size, colours of the page's light or dark mode, and their end. Drawn by ECharts. */
import { type ECharts, type EChartsCoreOption, init, use } from "echarts/core";
import { TooltipComponent } from "echarts/components";
import { SVGRenderer } from "echarts/renderers";

use([TooltipComponent, SVGRenderer]);

/** A diagram in a place of its own, which draws a report of one kind. */
export abstract class Chart<R> {
  readonly place: HTMLElement;
  readonly #chart: ECharts;
  readonly #watch: ResizeObserver;
  readonly #dark = matchMedia("(prefers-color-scheme: dark)");
  readonly #still = matchMedia("(prefers-reduced-motion: reduce)");
  readonly #again = () => this.#report && this.draw(this.#report);
  #report: R | undefined;

  constructor(place: HTMLElement) {
    this.place = place;
    this.#chart = init(place, null, { renderer: "svg", height: 200 });
    this.#watch = new ResizeObserver(() => this.#chart.resize());
    this.#watch.observe(place);
    this.#dark.addEventListener("change", this.#again);
  }

  /** How high the diagram is, in pixels. */
  protected abstract height(report: R): number;
  /** What ECharts is to draw; colours and fonts of the tooltip are set already. */
  protected abstract options(report: R): EChartsCoreOption;

  draw(report: R): void {
    this.#report = report;
    const height = this.height(report);
    this.place.style.height = `${height}px`;
    this.#chart.resize({ height });
    const { tooltip, ...options } = this.options(report);
    this.#chart.setOption(
      {
        animation: !this.#still.matches,
        textStyle: { fontFamily: this.font() },
        tooltip: { confine: true, renderMode: "richText", ...this.#tooltipColours(), ...(tooltip as object) },
        ...options,
      },
      { notMerge: true },
    );
  }

  dispose(): void {
    this.#watch.disconnect();
    this.#dark.removeEventListener("change", this.#again);
    this.#chart.dispose();
  }

  /** The colour that a variable has here and now, as a plain colour, which is all that ECharts can mix. */
  protected colour(name: string): string {
    this.place.style.color = `var(${name})`;
    const { color } = getComputedStyle(this.place);
    this.place.style.color = "";
    return color;
  }

  protected font(): string {
    return getComputedStyle(this.place).fontFamily;
  }

  #tooltipColours() {
    return {
      backgroundColor: this.colour("--desire-surface"),
      borderColor: this.colour("--desire-line"),
      textStyle: { color: this.colour("--desire-ink"), fontFamily: this.font(), fontSize: 13 },
    };
  }
}

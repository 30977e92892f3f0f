/** Keeps a diagram beside the report of an element. The diagram's code is loaded when the first one is drawn. */
import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { Chart } from "./chart";

export class ChartController<R> implements ReactiveController {
  readonly #host: ReactiveControllerHost & HTMLElement;
  readonly #selector: string;
  readonly #report: () => R | undefined;
  readonly #load: () => Promise<new (place: HTMLElement) => Chart<R>>;
  #chart: Chart<R> | undefined;
  #drawn: R | undefined;

  /** `selector` finds the diagram's place in the host; `report` is what to draw, the same object for the same drawing. */
  constructor(
    host: ReactiveControllerHost & HTMLElement,
    selector: string,
    report: () => R | undefined,
    load: () => Promise<new (place: HTMLElement) => Chart<R>>,
  ) {
    this.#host = host;
    this.#selector = selector;
    this.#report = report;
    this.#load = load;
    host.addController(this);
  }

  hostUpdated(): void {
    void this.#draw();
  }

  hostDisconnected(): void {
    this.#end();
  }

  async #draw(): Promise<void> {
    const report = this.#report();
    if (report === this.#drawn) return;
    if (report === undefined) return this.#end();
    this.#drawn = report;
    const Diagram = await this.#load();
    // Meanwhile there may be another report, or the element may be gone.
    if (this.#report() !== report || !this.#host.isConnected) return;
    const place = this.#host.querySelector<HTMLElement>(this.#selector);
    if (this.#chart?.place !== place) {
      this.#chart?.dispose();
      this.#chart = place ? new Diagram(place) : undefined;
    }
    this.#chart?.draw(report);
  }

  #end(): void {
    this.#chart?.dispose();
    this.#chart = undefined;
    this.#drawn = undefined;
  }
}

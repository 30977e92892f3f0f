/** The reports of what is open: each with its form, all about the same part of the data. */
import { html, nothing, type TemplateResult } from "lit";
import type { Dataset } from "../client";
import "../elements/carts";
import "../elements/exact-paths";
import "../elements/friction";
import "../elements/funnel";
import "../elements/paths";
import "../elements/step-matrix";
import "../elements/transitions";
import type { StepTexts } from "../elements/steps";
import type { CartsConfig } from "../generated/CartsConfig";
import type { Scope } from "../generated/Scope";
import { type Change, durationInput, select } from "./forms";
import { funnelBuilder } from "./funnel-builder";
import { pathsBuilder } from "./paths-builder";
import {
  cartsConfig,
  comparisonOf,
  defaultSteps,
  exactPathsConfig,
  frictionConfig,
  funnelConfig,
  pathsConfig,
  scopeOf,
  stepMatrixConfig,
  transitionsConfig,
  zoneOf,
} from "./requests";
import { scopeBar } from "./scope-bar";
import type { ViewState } from "./view-state";

/** What every report is given. */
interface Asked {
  readonly state: ViewState;
  readonly dataset: Dataset;
  readonly scope: Scope;
  readonly compare: string;
  readonly against: Scope | undefined;
  readonly change: Change;
}

export function drawReports(state: ViewState, dataset: Dataset, change: Change): TemplateResult {
  const { summary } = dataset;
  const asked: Asked = { state, dataset, scope: scopeOf(state), ...comparisonOf(state), change };
  const carts = cartsConfig(state, summary);
  const reports = ["Funnel", "Paths", ...(carts ? ["Carts"] : []), "Friction"];
  return html`
    <div class="scope-bar">
      <nav aria-label="Reports">
        ${reports.map((name) => html`<a href=${`#${name.toLowerCase()}`} @click=${jump}>${name}</a>`)}
      </nav>
      ${scopeBar(state, summary, change)}
    </div>
    ${drawFunnel(asked, state.steps ?? defaultSteps(summary))} ${drawPaths(asked)}
    ${carts ? drawCarts(asked, carts) : nothing} ${drawFriction(asked)}`;
}

/** Goes to a report without a word in the address, which is that of the view. */
function jump(event: Event): void {
  event.preventDefault();
  const name = (event.currentTarget as HTMLAnchorElement).hash.slice(1);
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const heading = document.getElementById(name);
  heading?.scrollIntoView({ behavior: isStill ? "auto" : "smooth" });
  heading?.focus({ preventScroll: true });
}

function panel(id: string, title: string, content: TemplateResult): TemplateResult {
  return html`<section class="panel" aria-labelledby=${id}>
    <h2 id=${id} tabindex="-1">${title}</h2>
    ${content}
  </section>`;
}

function drawFunnel({ state, dataset, scope, compare, against, change }: Asked, steps: StepTexts): TemplateResult {
  const content = html`${funnelBuilder(state, steps, dataset.summary, change)}
    ${
      steps.length > 0
        ? html`<desire-funnel .data=${dataset} .scope=${scope} .compare=${compare} .against=${against} .timeZone=${zoneOf(state)}
            .config=${funnelConfig(state, steps)}></desire-funnel>`
        : html`<p class="note">Add a step to begin.</p>`
    }`;
  return panel("funnel", "Funnel", content);
}

function drawPaths(asked: Asked): TemplateResult {
  const { state, dataset, change } = asked;
  return panel("paths", "Paths", html`${pathsBuilder(state, dataset.summary, change)} ${drawPathView(asked)}`);
}

function drawPathView({ state, dataset, scope, compare, against }: Asked): TemplateResult {
  switch (state.paths) {
    case "positions":
      return html`<desire-paths .data=${dataset} .scope=${scope} .compare=${compare} .against=${against} .timeZone=${zoneOf(state)}
        .config=${pathsConfig(state)}></desire-paths>`;
    case "transitions":
      return html`<desire-transitions .data=${dataset} .scope=${scope} .compare=${compare} .against=${against} .timeZone=${zoneOf(state)}
        .config=${transitionsConfig(state)}></desire-transitions>`;
    case "matrix":
      return html`<desire-step-matrix .data=${dataset} .scope=${scope} .compare=${compare} .against=${against} .timeZone=${zoneOf(state)}
        .config=${stepMatrixConfig(state)}></desire-step-matrix>`;
    case "exact":
      return html`<desire-exact-paths .data=${dataset} .scope=${scope} .compare=${compare} .against=${against} .timeZone=${zoneOf(state)}
        .config=${exactPathsConfig(state, dataset.summary)}></desire-exact-paths>`;
  }
}

function drawCarts({ state, dataset, scope, compare, against, change }: Asked, config: CartsConfig): TemplateResult {
  const offered = ["30m", "1h", "1d", "7d"];
  const content = html`<form class="builder" @submit=${(event: Event) => event.preventDefault()}>
      <div class="fields">
        <label>abandoned after
          ${durationInput("carts-delay", state.delay, "Delay", offered, (delay) => change({ delay }))} without anything
          done
        </label>
      </div>
    </form>
    <desire-carts .data=${dataset} .scope=${scope} .compare=${compare} .against=${against} .timeZone=${zoneOf(state)} .config=${config}></desire-carts>`;
  return panel("carts", "Carts", content);
}

function drawFriction({ state, dataset, scope, compare, against, change }: Asked): TemplateResult {
  const touchpoints = [
    { value: "page", label: "pages" },
    { value: "name", label: "events" },
  ] as const;
  const content = html`<form class="builder" @submit=${(event: Event) => event.preventDefault()}>
      <div class="fields">
        <label>on
          ${select("friction-touchpoint", state.touchpoint, touchpoints, (touchpoint) => change({ touchpoint }))}
        </label>
      </div>
    </form>
    <desire-friction .data=${dataset} .scope=${scope} .compare=${compare} .against=${against} .timeZone=${zoneOf(state)}
      .config=${frictionConfig(state, dataset.summary)}></desire-friction>`;
  return panel("friction", "Friction", content);
}

/** What the elements about paths share: what a path is made of, and where it begins and ends. */
import { property } from "lit/decorators.js";
import type { Report } from "../generated/Report";
import type { Unit } from "../generated/Unit";
import { formatUnits } from "./format";
import { parseNode } from "./nodes";
import { ReportElement } from "./report-element";
import { stepFilter, splitAlternatives } from "./steps";

export abstract class PathElement<R extends Report> extends ReportElement<R> {
  /** What a node is: `name`, `page`, `item_category`, `stage` or `prop:KEY`. */
  @property() node = "name";
  /** What has a path. */
  @property() unit: Unit = "session";
  /** Event, or `page:` and a template, at which paths begin; `a|b` is either. Each unit's first event unless given. */
  @property() start = "";
  /** Event, or `page:` and a template, with which paths end. Each unit's last event unless given. */
  @property() end = "";

  /** The fields that every request about paths has. */
  protected path() {
    return {
      node: parseNode(this.node),
      unit: this.unit,
      start: this.start ? stepFilter(splitAlternatives(this.start)) : null,
      end: this.end ? stepFilter(splitAlternatives(this.end)) : null,
    };
  }

  /** So many units, in words. */
  protected units(n: number, config: { readonly unit?: Unit } | undefined): string {
    return formatUnits(n, config?.unit ?? (config ? "session" : this.unit));
  }
}

/** The script tag: the loader with the tag's `data-*` attributes for options, and the tracker's files beside it. */
import { load, type Options } from "./load";

const { dataset, src } = document.currentScript as HTMLScriptElement;

load(dataset as Options, (name) => import(new URL(name, src).href));

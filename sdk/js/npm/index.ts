/**
 * The tracker as a module: `import { init, track } from "desirepath"`.
 *
 * On a server there is no page, and every function does nothing; so a shop that renders there imports it as it is.
 */
import { load } from "../load";
import { call } from "../adapters/tracker";
import type { EventName, EventParams, Options, Params, Props } from "./types";

export type * from "./types";

/** `window.desirepath`, where there is a window. */
const api = (): Record<string, any> => (typeof window == "object" && (window as any).desirepath) || {};

const tell = (method: string, ...parts: unknown[]): void => {
  if (typeof document == "object") call(method, ...parts);
};

/** Starts the tracker, once a page; a second call does nothing. Calls made before it are kept and counted. */
export const init = ({ beforeSend, wasm, ...options }: Options): void => {
  if (typeof document != "object") return;
  if (beforeSend) call("beforeSend", beforeSend);
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(options))
    if (value != null && value !== false) attributes[name] = value === true ? "" : `${value}`;
  load(attributes, async (name) => {
    // Written out, so that a bundler sees the files.
    if (name == "debug.js") return import("./debug.js" as string);
    const module = await import("./desirepath-sdk.js" as string);
    return wasm ? { ...module, default: (options: object) => module.default(options, wasm) } : module;
  });
};

/** Records an event: a name of GA4's with its parameters, or one of the shop's own. */
export const track = <Name extends EventName | (string & {})>(
  name: Name,
  params?: Name extends EventName ? EventParams[Name] : Params,
): void => tell("track", name, params);

/** Records a view that has no address of its own, such as a step of a form. */
export const page = (props?: Props): void => tell("page", props);

/** Gives all further events the shop's own id of the user; an e-mail address is refused. */
export const identify = (userId: string | number): void => tell("identify", userId);

/** Gives all further events the id of the business account the user works for. */
export const account = (accountId: string | number): void => tell("account", accountId);

/** After logout: a new visitor and a new session. */
export const reset = (): void => tell("reset");

/** Sends now what waits. */
export const flush = (): void => tell("flush");

/** What the visitor allows. */
export const consent = (state: "granted" | "denied" | "pending"): void => tell("consent", state);

/** Calls `callback` when `rule` comes true. */
export const on = (rule: unknown, callback: (match: any) => void): void => tell("on", rule, callback);

/** Shows every event before it is kept or sent; it may change it, or refuse it with null. */
export const beforeSend = (hook: NonNullable<Options["beforeSend"]>): void => tell("beforeSend", hook);

/** Stops for this browser, for good, and forgets what was stored. */
export const optOut = (): void => tell("optOut");

/** Takes back {@link optOut}. */
export const optIn = (): void => tell("optIn");

/** The address with the visitor's id, for a link to the shop's other domain; as it is while the tracker is not there. */
export const decorate = (url: string): string => api()["decorate"]?.(url) ?? url;

/** What is stored about the visitor; undefined while the tracker is not there. */
export const exportData = (): any => api()["exportData"]?.();

/** Deletes what is stored about the visitor; undefined while the tracker is not there. */
export const erase = (): any => api()["erase"]?.();

/** Shows in the console what the tracker sees and does, and checks whether everything is in order. */
export const debug = (): Promise<any> => Promise.resolve(api()["debug"]?.());

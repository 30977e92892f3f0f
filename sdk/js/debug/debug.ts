/**
 * What `desirepath.debug()` and `data-debug` load: each event and each refusal in the console as it happens, the
 * tracker's state, and a self-check with remedies in words. No visitor downloads it.
 */
import { endpoint, mixed, options as tag, privacy, single, storage, versions, wasm, type Finding } from "./checks";

type Api = Record<string, any>;

/** What `desirepath.debug()` resolves to. */
export type Report = {
  /** What the tracker says of itself; nothing where it does not run. */
  state: Record<string, unknown> | undefined;
  /** The self-check. */
  findings: Finding[];
  /** Events since debugging began, as they will be sent. */
  events: Record<string, unknown>[];
  /** Events and calls that were refused since, and why. */
  refused: string[];
};

const events: Record<string, unknown>[] = [];
const refused: string[] = [];
const violations: [string, string][] = [];
/** How many of the latest events and refusals are kept. */
const KEPT = 500;

const STYLE = "color:#0a7;font-weight:bold";
const say = (kind: "log" | "warn", words: string, ...more: unknown[]) =>
  console[kind](`%cdesirepath%c ${words}`, STYLE, "", ...more);

/** The tracker tells every event as the JSON that will be sent, and every refusal in words. */
const hear = (api: Api, text: string) => {
  if (text.startsWith("{")) {
    const event = JSON.parse(text);
    events.push(event);
    if (events.length > KEPT) events.shift();
    // How many wait on this page for the collector to acknowledge them, this one among them.
    say("log", `${event.name}, queue ${api["state"]?.().queue ?? "not there yet"}`, event);
  } else {
    refused.push(text);
    if (refused.length > KEPT) refused.shift();
    say("warn", text);
  }
};

document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) =>
  violations.push([effectiveDirective, blockedURI]),
);

/** Waits for the tracker to come or to fail, so that what is said is final. */
const settled = async (api: Api) => {
  for (let attempt = 0; attempt < 110 && !api["state"] && !api["e"]; attempt++)
    await new Promise((resolve) => setTimeout(resolve, 100));
};

/** Begins to show what happens, prints the state and the self-check, and returns both. */
export const debug = async (api: Api, options: Record<string, string | undefined>): Promise<Report> => {
  const told: string[] = api["log"] ?? [];
  const push = (text: string) => hear(api, text);
  api["log"] = { push };
  if (Array.isArray(told)) told.forEach(push);
  await settled(api);
  const state = api["state"]?.();
  const facts = { options, loader: `${api["v"]}`, tracker: state?.version, reason: api["e"], violations };
  const found = [
    privacy(options, state?.consent),
    tag(facts),
    await wasm(),
    await versions(facts),
    single(),
    await storage(),
    mixed(facts),
    ...(await endpoint(facts)),
  ];
  const findings = found.filter((finding) => finding != null);
  console.groupCollapsed(`%cdesirepath%c self-check: ${findings.filter(({ ok }) => !ok).length} to look at`, STYLE, "");
  for (const { check, ok, words, fix } of findings)
    say(ok ? "log" : "warn", `${check}: ${words}${fix ? ` → ${fix}` : ""}`);
  console.groupEnd();
  say("log", "state", state);
  return { state, findings, events, refused };
};

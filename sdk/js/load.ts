/**
 * The loader: what a shop's page runs before the tracker is there, and instead of it where WebAssembly can't be had.
 *
 * It makes `window.desirepath`, notes calls, clicks, address changes and pushes to the data layer as they happen,
 * fetches the tracker without blocking anything, and hands the notes over once. From then on every note goes
 * straight to the tracker. The hooks into the page's own functions stay here for good, because they have to work
 * whatever becomes of the tracker. Should the tracker not come, or fail, the notes go out from here as page views,
 * clicks and calls, in the same wire format, and the first page view says why; but only where nothing speaks against
 * it: no consent that is still to be given, no Global Privacy Control, no local mode.
 */

/** Kind, time in milliseconds since the Unix epoch, and what belongs to it: what `note` of the tracker takes. */
export type Note = [kind: string, at: number, ...parts: any[]];

/** Notes in their order, and how many more there would have been. */
type Notes = Note[] & { lost?: number };

export type Tracker = {
  default(options: object): Promise<unknown>;
  start(notes: Notes): void;
  note(note: Note): void;
};

/** The options: the script tag's `data-*` attributes, under the names that `dataset` gives them. */
export type Options = Record<string, string | undefined>;

/** `window.desirepath`; an inline snippet may have made it and queued notes in `q`. */
type Api = { q?: Note[]; v?: string } & Record<string, any>;

/** What batches from here name as their sender. Its version is that of the tracker that belongs to it. */
const VERSION = "desirepath-loader/0.1.0";
/** The tracker is given up after this time. */
const LOAD_MILLIS = 10_000;
/** Without the tracker, notes are gathered for this time. */
const GATHER_MILLIS = 2_000;

/** Sets up `window.desirepath`, once a page; `fetchModule` brings one of the files that lie beside the loader. */
export const load = async (options: Options, fetchModule: (name: string) => Promise<any>) => {
  const host = window as any;
  const { site, endpoint, datalayer, debug } = options;
  const api: Api = (host.desirepath ||= {});
  // A second tag.
  if (api.v) return;
  api.v = VERSION;

  /** What was said last on this page. */
  let said: unknown;
  let timer: number | undefined;
  let user: any;
  let notes: Notes = [];
  let beforeSend = (event: unknown) => event;
  let tracker: Tracker | undefined;
  let reason: string | undefined;

  const note = (entry: Note) => {
    const [kind, , first] = entry;
    // Consent mode takes the tracker to be understood: here each of its commands is a no.
    if (/con|optO/.test(kind) || first?.[0] == "consent") said = first || kind;
    if (kind == "beforeSend") beforeSend = first;
    try {
      if (tracker) return tracker.note(entry);
    } catch (error) {
      fail(error);
    }
    // Methods of lists may be the page's own.
    if (notes.length < 1000) notes[notes.length] = entry;
    else notes.lost = -~notes.lost!;
    try {
      if (reason) timer ||= setTimeout(send, GATHER_MILLIS);
    } catch {
      send();
    }
  };
  /** What the shop passes may change before the tracker reads it. Functions can't be copied, and don't change. */
  const copy = <Value>(value: Value) => {
    try {
      return tracker ? value : structuredClone(value);
    } catch {
      return value;
    }
  };
  const now = Date.now;
  for (const method of "reset optOut identify account on consent page flush optIn track beforeSend".split(" "))
    // What `on` returns ends its rule. No call throws, whatever the page has done to what is used here.
    api[method] = (...parts: unknown[]) => {
      try {
        note([method, now(), ...(parts = copy(parts))]);
      } catch {}
      return () => note(["off", now(), ...parts]);
    };
  api.debug = () => fetchModule("debug.js").then((module) => module.debug(api, options));
  // What the tracker tells before the module has come waits in the list.
  if (debug != null) api.debug((api.log = []));

  // The way without the tracker.
  /** A UUID of version 7, without hyphens. The clock has eleven hexadecimal digits until the year 2527. */
  const uuid = () =>
    `0${now().toString(16)}7xxx8xxxxxxxxxxxxxxx`.replace(/x/g, () => ((Math.random() * 16) | 0).toString(16));
  /** An id that is kept, in the form in which the tracker keeps it: the id, a space, something more. */
  const kept = (storage: string, name: string, otherwise = uuid() + " ", key = `desirepath:${site}:${name}`) => {
    try {
      return (host[storage][key] || (otherwise && (host[storage][key] = otherwise))).split(" ")[0];
    } catch {}
  };
  let seq = 0;
  let page: Record<string, string> | undefined;

  const encode = ([kind, ts, first, second]: Note) => {
    const props: any = {};
    const event: any = { id: uuid(), ts, name: kind, props };
    if (kind == "view" || kind == "page") {
      // Without name and password, query and fragment.
      const { origin, pathname } = new URL(second || location.href);
      const url = origin + pathname;
      if (second) {
        if (url == page?.url) return;
        props.navigation = first;
      }
      // No title: taking personal data out of it would take more code than there is room for.
      page = {
        path: pathname,
        referrer: page?.url || document.referrer.split("/", 3).join("/"),
        url,
      };
      event.name = "page_view";
      if (!seq) props.degraded = reason || "left";
    } else if (kind == "click") {
      const { target } = first;
      const link = target.closest("a");
      if (target.closest("[data-dp-ignore]")) return;
      props.selector = target.localName + (target.id && "#" + target.id);
      if (link?.host) props.href = link.origin + link.pathname;
    } else if (kind == "track") {
      event.name = first;
      for (const key in second) {
        const value = second[key];
        if (/^(items|currency|value)$/.test(key)) event[key] = value;
        // No `bigint`, which JSON can't write.
        else if (/^(bo|st|n)/.test(typeof value)) props[key] = value;
      }
    } else {
      // Of "identify" an id, no e-mail address; of "reset" nothing.
      if (/id|es/.test(kind) && !/@/.test(first)) user = first && first + "";
      return;
    }
    return beforeSend({
      ...event,
      tab: kept("sessionStorage", "tab"),
      page,
      seq: ++seq,
      user,
      visitor: kept("localStorage", "visitor"),
    });
  };
  /** Shops number their products, and write amounts as text. */
  const typed = (key: string, value: any) =>
    /^(index|price|quantity|discount|value)$/.test(key) ? +value : /^(item_|coupon)/.test(key) ? `${value}` : value;

  const send = () => {
    timer = 0;
    // What the visitor decided on an earlier page, as the tracker keeps it. A no that is stored is not taken back here.
    const stored = kept("localStorage", "consent", "");
    // The modes keep less than is kept here, and only the tracker compares addresses. That a shop passes over a signal
    // of the browser is the tracker's to decide too.
    if (
      !/^(granted|,)+$/.test([stored, said || stored || options.consent] as any) ||
      options.mode ||
      options.exclude ||
      options.hosts ||
      (navigator as any).globalPrivacyControl ||
      (navigator as any).doNotTrack == 1
    )
      return;
    try {
      const events = notes.flatMap((entry) => {
        try {
          return encode(entry) || [];
        } catch {
          return [];
        }
      });
      notes = [];
      while (events[0]) {
        const batch = {
          id: uuid(),
          sdk: VERSION,
          site,
          schema: 1,
          sent_at: now(),
          events: events.splice(0, 50),
        };
        const body = JSON.stringify(batch, typed);
        // A failure is reported nowhere. Browsers without keepalive (Firefox before 133) may lose what a leaving page sends.
        fetch(endpoint!, {
          body,
          keepalive: true,
          method: "POST",
          credentials: "omit",
        }).catch(now);
      }
    } catch {}
  };

  const fail = (error: unknown) => {
    if (reason) return;
    tracker = undefined;
    api.e = reason = `${error}`;
    send();
  };
  const view = (navigation: string, at = now()) => note(["view", at, navigation, location.href]);
  const wrap = (object: any, method: string, after: (parts: IArguments) => void) => {
    const original = object[method];
    object[method] = function () {
      const result = original.apply(this, arguments);
      try {
        after(arguments);
      } catch {}
      return result;
    };
  };

  // Should the page have broken what is used here, the way without the tracker is left.
  try {
    // Before anything that is in the data layer already, which happened on this page.
    // Before what an inline snippet has queued: the page was there first.
    view("load", api.q?.[0]?.[1]);
    api.q?.forEach(note);

    // Hooks.
    wrap(history, "pushState", () => view("push"));
    wrap(history, "replaceState", () => view("replace"));
    addEventListener("pagehide", () => tracker || send());
    addEventListener("hashchange", () => view("hash"));
    addEventListener("click", (event) => tracker || note(["click", now(), event]), true);
    addEventListener("popstate", () => view("pop"));
    // A page that left before the tracker came, and came back.
    addEventListener("pageshow", (event) => tracker || (event.persisted && view("restore")));
    if (datalayer != null) {
      const layer: unknown[] = (host[datalayer || "dataLayer"] ||= []);
      const data = (entry: any) => note(["data", now(), copy(entry)]);
      layer.forEach(data);
      wrap(layer, "push", (entries) => [...entries].forEach(data));
    }

    // The tracker.
    setTimeout(() => tracker || fail("timeout"), LOAD_MILLIS);
    const module: Tracker = await fetchModule("desirepath-sdk.js");
    await module.default(options);
    if (reason) return;
    module.start(notes);
    notes = [];
    tracker = module;
  } catch (error) {
    fail(error);
  }
};

/**
 * The loader: what a shop's page runs before the tracker is there, and instead of it where WebAssembly can't be had.
 *
 * It makes `window.desirepath`, notes calls, clicks, address changes and pushes to the data layer as they happen,
 * fetches the tracker without blocking anything, and hands the notes over once. From then on every note goes
 * straight to the tracker. The hooks into the page's own functions stay here for good, because they have to work
 * whatever becomes of the tracker. Should the tracker not come, or fail, the notes go out from here as page views,
 * clicks and calls, in the same wire format, and the first page view says why.
 */

/** Kind, time in milliseconds since the Unix epoch, and what belongs to it: what `note` of the tracker takes. */
type Note = [kind: string, at: number, ...parts: any[]];

type Tracker = {
  default(options: { module_or_path: string }): Promise<unknown>;
  start(options: object, notes: Note[]): void;
  note(note: Note): void;
};

/** `window.desirepath`; an inline snippet may have made it and queued notes in `q`. */
type Api = { q?: Note[]; v?: string } & Record<string, unknown>;

(() => {
  const VERSION = "0.1.0";
  /** The tracker is given up after this time. */
  const LOAD_MILLIS = 10_000;
  /** Without the tracker, notes are gathered for this time. */
  const GATHER_MILLIS = 2_000;

  const host = window as any;
  const script = document.currentScript as HTMLScriptElement;
  const { site, endpoint, datalayer, debug, query } = script.dataset;
  const api: Api = (host.desirepath ||= {});
  // A second tag, or a visitor who has told the browser that they do not want to be tracked.
  if (api.v) return;
  api.v = VERSION;
  const refused = (navigator as any).globalPrivacyControl === true;

  let notes: Note[] = api.q || [];
  let tracker: Tracker | undefined;
  let reason = "";
  let timer = 0;

  const note = (kind: string, ...parts: unknown[]) => {
    if (refused) return;
    const entry: Note = [kind, Date.now(), ...parts];
    try {
      if (tracker) return tracker.note(entry);
    } catch (error) {
      fail(error);
    }
    if (notes.length < 1000) notes.push(entry);
    if (reason) timer ||= setTimeout(send, GATHER_MILLIS);
  };
  /** What the shop passes may change before the tracker reads it. */
  const copy = (value: unknown) => {
    try {
      return tracker ? value : structuredClone(value);
    } catch {
      return value;
    }
  };
  for (const method of ["track", "page", "identify", "reset", "flush"]) {
    api[method] = (first: unknown, second: unknown) => note(method, copy(first), copy(second));
  }
  if (refused) return;

  // Before anything that is in the data layer already, which happened on this page.
  // Before what an inline snippet has queued: the page was there first.
  notes.unshift(["view", notes[0]?.[1] || Date.now(), "load", location.href]);

  // Hooks.
  const view = (navigation: string) => note("view", navigation, location.href);
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
  wrap(history, "pushState", () => view("push"));
  wrap(history, "replaceState", () => view("replace"));
  addEventListener("popstate", () => view("pop"));
  addEventListener("hashchange", () => view("hash"));
  if (datalayer != null) {
    const layer: unknown[] = (host[datalayer || "dataLayer"] ||= []);
    const data = (entry: any) => note("data", copy(entry?.[0] ? [...entry] : entry));
    layer.forEach(data);
    wrap(layer, "push", (entries) => [...entries].forEach(data));
  }
  const click = (event: Event) => note("click", event);
  document.addEventListener("click", click, true);
  const leave = () => tracker || send();
  addEventListener("pagehide", leave);
  // A page that left before the tracker came, and came back.
  addEventListener("pageshow", (event) => event.persisted && (tracker || view("restore")));

  // The tracker.
  const fail = (error: unknown) => {
    if (reason) return;
    tracker = undefined;
    reason = `${error}`;
    if (debug != null) console.warn(error);
    send();
  };
  const url = (name: string) => new URL(name, script.src).href;
  Promise.race([
    import(url("desirepath-sdk.js")).then((module: Tracker) =>
      module.default({ module_or_path: url("desirepath-sdk.wasm") }).then(() => module),
    ),
    new Promise<never>((_, reject) => setTimeout(reject, LOAD_MILLIS, "timeout")),
  ])
    .then((module) => {
      if (reason) return;
      module.start({ site, endpoint, query, debug: debug != null }, notes);
      notes = [];
      tracker = module;
      document.removeEventListener("click", click, true);
    })
    .catch(fail);

  // The way without the tracker.
  /** A UUID of version 7. The clock has eleven hexadecimal digits until the year 2527. */
  const uuid = () =>
    `0${Date.now().toString(16)}-7xxx-8xxx-xxxxxxxxxxxx`
      .replace(/^.{8}/, "$&-")
      .replace(/x/g, () => ((Math.random() * 16) | 0).toString(16));
  /** An id that is kept, in the form in which the tracker keeps it: the id, a space, something more. */
  const kept = (storage: string, name: string) => {
    try {
      return (host[storage][`desirepath:${site}:${name}`] ||= `${uuid()} `).split(" ")[0];
    } catch {}
  };
  let seq = 0;
  let user: unknown;
  let page: Record<string, string> | undefined;

  const encode = ([kind, ts, first, second]: Note) => {
    const props: any = {};
    const event: any = { id: uuid(), ts, name: kind, props };
    if (kind == "view" || kind == "page") {
      // Without name and password, query and fragment.
      const { origin, pathname } = new URL(second || location.href);
      const url = origin + pathname;
      if (kind == "view") {
        if (url == page?.url) return;
        props.navigation = first;
      }
      // No title: taking personal data out of it would take more code than there is room for.
      page = {
        url,
        path: pathname,
        referrer: page?.url || (document.referrer && new URL(document.referrer).origin),
      };
      event.name = "page_view";
      if (!seq) props.degraded = reason || "left";
    } else if (kind == "click") {
      const { target } = first;
      const link = target.closest("a");
      if (target.closest("[data-dp-ignore]")) return;
      props.selector = target.localName + (target.id && `#${target.id}`);
      if (link?.host) props.href = link.origin + link.pathname;
    } else if (kind == "track") {
      event.name = first;
      for (const key in second) {
        const value = second[key];
        if (key == "items") event.items = value.map(item);
        else if (key == "value") event.value = +value;
        else if (key == "currency") event.currency = value;
        else if (/^(str|num|boo)/.test(typeof value)) props[key] = value;
      }
    } else {
      // An e-mail address names a person to everyone.
      if (kind == "identify" && !/@/.test(first)) user = first;
      return;
    }
    event.seq = ++seq;
    event.visitor = kept("localStorage", "visitor");
    event.tab = kept("sessionStorage", "tab");
    event.user = user;
    event.page = page;
    return event;
  };
  const item = (fields: any) => {
    const made: any = {};
    for (const key in fields)
      made[key] = /^(price|discount|quantity|index)$/.test(key) ? +fields[key] : `${fields[key]}`;
    return made;
  };

  const send = () => {
    timer = 0;
    const events = notes.flatMap((entry) => {
      try {
        return encode(entry) || [];
      } catch {
        return [];
      }
    });
    notes = [];
    while (events[0]) {
      const body = JSON.stringify({
        schema: 1,
        id: uuid(),
        site,
        sdk: `desirepath-loader/${VERSION}`,
        sent_at: Date.now(),
        events: events.splice(0, 50),
      });
      if ("keepalive" in Request.prototype)
        fetch(endpoint!, { method: "POST", body, keepalive: true, credentials: "omit" }).catch(() => {});
      else navigator.sendBeacon(endpoint!, body);
    }
  };
})();

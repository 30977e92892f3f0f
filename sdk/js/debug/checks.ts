/**
 * The self-check: everything outside the tracker that keeps it from working, each with its remedy in words.
 *
 * Each check is a function that answers with a [`Finding`], or with nothing where it does not apply.
 */

/** One result of the self-check. */
export type Finding = {
  /** What was checked. */
  check: string;
  ok: boolean;
  /** What was found. */
  words: string;
  /** What to do about it; nothing where all is well. */
  fix?: string;
};

/** What the checks look at. */
export type Facts = {
  options: Record<string, string | undefined>;
  /** Version of the loader, and of the tracker where it runs. */
  loader: string;
  tracker: string | undefined;
  /** Why the tracker does not run, in the loader's words. */
  reason: string | undefined;
  /** Directives of the page's policy that have blocked something, and what they blocked. */
  violations: [directive: string, blocked: string][];
};

const good = (check: string, words: string): Finding => ({ check, ok: true, words });
const bad = (check: string, words: string, fix: string): Finding => ({ check, ok: false, words, fix });

/** The smallest WebAssembly module there is. */
const EMPTY_MODULE = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);

/** Whether the page's policy has stopped a request. Browsers tell it a moment after the request has failed. */
const isBlocked = async ({ violations }: Facts, url: string) => {
  await new Promise((resolve) => setTimeout(resolve, 100));
  return violations.some(([directive, blocked]) => /^(connect|default)-src/.test(directive) && url.startsWith(blocked));
};

/** Whether the page's policy and browser let WebAssembly run. */
export const wasm = async (): Promise<Finding> => {
  if (typeof WebAssembly != "object")
    return bad("WebAssembly", "This browser has none.", "Nothing to do: the loader sends page views and calls itself.");
  try {
    // WebKit lets a module be compiled, and forbids to make an instance of it.
    await WebAssembly.instantiate(EMPTY_MODULE);
    return good("WebAssembly", "It may run here.");
  } catch (error) {
    return bad(
      "WebAssembly",
      `The page's content security policy forbids it (${error}).`,
      "Add 'wasm-unsafe-eval' to script-src of the Content-Security-Policy header.",
    );
  }
};

/** What keeps one of the tracker's files from the page, as its remedy; nothing where it can be had. */
const missing = async (facts: Facts, name: string): Promise<string | undefined> => {
  const { href, origin } = new URL(name, import.meta.url);
  try {
    const { ok, status } = await fetch(href);
    return ok ? undefined : `${href} answers ${status}: put it beside desirepath.js.`;
  } catch {
    return (await isBlocked(facts, href))
      ? `Add ${origin} to connect-src of the Content-Security-Policy header: ${name} comes from there.`
      : `${href} can't be had: is it served, with Access-Control-Allow-Origin?`;
  }
};

/** Whether the tracker itself runs, and is of the loader's version. */
export const versions = async (facts: Facts): Promise<Finding> => {
  const { loader, tracker, reason } = facts;
  if (!tracker) {
    const fixes = await Promise.all(["desirepath-sdk.js", "desirepath-sdk.wasm"].map((name) => missing(facts, name)));
    return bad(
      "tracker",
      reason ? `It does not run: ${reason}.` : "It has not come yet.",
      fixes.filter((fix) => fix).join(" ") ||
        "Its files are there. See what else is found here, and whether all of them are of one build.",
    );
  }
  if (!loader.endsWith(`/${tracker}`))
    return bad(
      "versions",
      `The loader is ${loader}, the tracker ${tracker}.`,
      "Serve the files of one build, and empty the caches between the shop and its visitors.",
    );
  return good("tracker", `It runs, version ${tracker}.`);
};

/** The collector's whole address; nothing where there is none. */
const addressOf = (endpoint: string | undefined): URL | undefined => {
  try {
    return endpoint ? new URL(endpoint, location.href) : undefined;
  } catch {
    return undefined;
  }
};

/** Whether the tag says what it must. */
export const options = ({ options: { site = "", endpoint, mode } }: Facts): Finding => {
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/.test(site))
    return bad(
      "options",
      `The site is ${JSON.stringify(site)}.`,
      "Set data-site to [a-z0-9][a-z0-9_-]*, up to 64 characters.",
    );
  if (mode != "local" && !addressOf(endpoint))
    return bad(
      "options",
      endpoint ? `The endpoint ${JSON.stringify(endpoint)} is no address.` : "There is no endpoint.",
      "Set data-endpoint to the collector's address, ending in /v1/batch.",
    );
  return good("options", `Site ${site}.`);
};

/** Whether the tag is there once. */
export const single = (): Finding => {
  const tags = [...document.scripts].filter(
    ({ src, dataset }) => src && dataset["site"] && (dataset["endpoint"] || dataset["mode"]),
  );
  return tags.length > 1
    ? bad(
        "tags",
        `There are ${tags.length} tags; only the first counts.`,
        "Remove the others, also from the tag manager.",
      )
    : good("tags", "There is no second tag.");
};

/** Whether the browser keeps anything: ids in `localStorage`, what waits for the collector in IndexedDB. */
export const storage = async (): Promise<Finding> => {
  const name = "desirepath:check";
  try {
    localStorage.setItem(name, "1");
    localStorage.removeItem(name);
    await new Promise((resolve, reject) => {
      const request = indexedDB.open(name);
      // The probe writes: a full disk lets a database be opened that is there already.
      request.onupgradeneeded = () => {
        try {
          request.result.createObjectStore(name).put(1, 1);
        } catch (error) {
          reject(error);
        }
      };
      request.onsuccess = () => resolve(request.result.close());
      request.onerror = () => reject(request.error);
      setTimeout(() => reject("no answer"), 3000);
    });
    indexedDB.deleteDatabase(name);
    return good("storage", "It works.");
  } catch (error) {
    return bad(
      "storage",
      `It is blocked or full (${error}).`,
      "Nothing to do in the shop: events are sent from memory, and what can't be sent before the page goes is lost and counted. In a frame, let the browser keep data for third parties.",
    );
  }
};

/** Whether the browser would rather not reach the endpoint from this page. */
export const mixed = ({ options: { endpoint } }: Facts): Finding | undefined => {
  const address = addressOf(endpoint);
  if (!address) return undefined;
  const isLocal = /^(localhost|127\.|\[::1\])/.test(address.hostname);
  return location.protocol == "https:" && address.protocol == "http:" && !isLocal
    ? bad("mixed content", "The page is https, the endpoint http.", "Serve the collector over https.")
    : undefined;
};

/** What became of the probe, by the status of its answer. */
const answered = (status: number, words: string): Finding => {
  if (status < 300) return good("endpoint", "The collector answers.");
  if (status == 404 || status == 405)
    return bad("endpoint", `It answers ${status}.`, "The path is wrong: a collector takes batches at /v1/batch.");
  if (status == 403)
    return bad(
      "endpoint",
      words || "It refuses this site or origin.",
      "List the site, and this page's origin for it, in the collector's configuration.",
    );
  if (status == 429)
    return bad(
      "endpoint",
      "It says that too much is sent.",
      "Raise the collector's rate limit, or look for a loop that calls track.",
    );
  return bad("endpoint", `It answers ${status}: ${words}`, "Look into the collector's log.");
};

/** Whether the collector can be reached, and whether its clock and this one agree. Sends a batch without events. */
export const endpoint = async (facts: Facts): Promise<Finding[]> => {
  const { endpoint: url, site, mode } = facts.options;
  const address = addressOf(url)?.href;
  // A browser does not even try what is mixed.
  if (mode == "local" || !address || mixed(facts)) return [];
  const body = JSON.stringify({
    schema: 1,
    id: "00000000-0000-4000-8000-000000000000",
    site,
    sdk: "desirepath-debug",
    sent_at: Date.now(),
    events: [],
  });
  try {
    const answer = await fetch(address, { method: "POST", body, credentials: "omit" });
    const words = await answer.text();
    const date = Date.parse(answer.headers.get("date") ?? "");
    const seconds = Math.round((Date.now() - date) / 1000);
    const clock = Number.isNaN(date)
      ? []
      : Math.abs(seconds) > 60
        ? [
            bad(
              "clock",
              `This device's clock is ${seconds} s off the collector's.`,
              "Nothing to do: the collector corrects the times of events.",
            ),
          ]
        : [good("clock", "It agrees with the collector's.")];
    return [answered(answer.status, words), ...clock];
  } catch (error) {
    if (await isBlocked(facts, address))
      return [
        bad(
          "endpoint",
          "The page's content security policy forbids it.",
          `Add ${new URL(address).origin} to connect-src of the Content-Security-Policy header.`,
        ),
      ];
    // A request that asks for no permission tells a foreign answer from none.
    const isThere = await fetch(address, { mode: "no-cors" }).then(
      () => true,
      () => false,
    );
    return [
      isThere
        ? bad(
            "CORS",
            "The collector answers, but this page may not see it.",
            `Allow the origin ${location.origin} for the site in the collector's configuration, and see that no proxy takes the header away.`,
          )
        : bad(
            "endpoint",
            `It can't be reached (${error}).`,
            "Is the address right, the collector running, its certificate valid? Content blockers stop addresses that look like tracking: serve the collector from the shop's own domain.",
          ),
    ];
  }
};

/** What the visitor, the browser and the shop have decided. */
export const privacy = ({ gpc, consent, mode }: Facts["options"], state: string | undefined): Finding => {
  const kept = mode == "local" ? "; local mode: nothing leaves the browser" : "";
  if ((navigator as any).globalPrivacyControl && !gpc)
    return bad(
      "privacy",
      "This browser sends Global Privacy Control: nothing is kept or sent.",
      "Nothing is wrong. To test, switch it off in the browser's settings.",
    );
  const now = state ?? consent ?? "granted";
  return now == "granted"
    ? good("privacy", `Consent is granted${kept}.`)
    : bad(
        "privacy",
        `Consent is ${now}: events ${now == "pending" ? "wait in memory" : "are not collected"}${kept}.`,
        'The shop\'s banner must call desirepath.consent("granted") when the visitor agrees.',
      );
};

/** What the collector says of its sites, and the addresses of their events. */

export interface Site {
  readonly site: string;
  readonly events: number;
  readonly first_ts: number | null;
  readonly last_ts: number | null;
}

/** Above this many events a site is fetched as Parquet: a tenth of the bytes, but one more wasm to load. */
const PARQUET_EVENTS = 20_000;

/**
 * The sites of the collector that serves this page, or `undefined` where none does (a dashboard on a plain static
 * server, which opens files only).
 *
 * @throws where there is a collector that refuses or can't be reached.
 */
export async function fetchSites(): Promise<readonly Site[] | undefined> {
  let response: Response;
  try {
    response = await fetch("/v1/sites", { cache: "no-store" });
  } catch {
    throw new Error("The collector can't be reached. Check that it runs; this page goes on by itself when it does.");
  }
  if (response.status === 404) return undefined;
  if (!response.ok) {
    const text = await response.text();
    throw new Error(`The collector answered ${response.status}: ${refusal(text)}`);
  }
  return (await response.json()) as Site[];
}

function refusal(text: string): string {
  try {
    return (JSON.parse(text) as { error: string }).error;
  } catch {
    return text.slice(0, 200);
  }
}

/** Where the events of a site are. */
export function eventsUrl({ site, events }: Site): string {
  const format = events > PARQUET_EVENTS ? "parquet" : "ndjson";
  return `/v1/sites/${encodeURIComponent(site)}/events?format=${format}`;
}

/** Where those events of a site are that arrived after a position in the collector's log. */
export function newEventsUrl({ site }: Site, position: string): string {
  return `/v1/sites/${encodeURIComponent(site)}/events?format=ndjson&after=${encodeURIComponent(position)}`;
}

/** The site to open first: the one that is asked for, else the one where something happened last. */
export function chooseSite(sites: readonly Site[], wanted: string | undefined): Site | undefined {
  const named = sites.find(({ site }) => site === wanted);
  if (named) return named;
  return sites.filter(({ events }) => events > 0).toSorted((a, b) => (b.last_ts ?? 0) - (a.last_ts ?? 0))[0];
}

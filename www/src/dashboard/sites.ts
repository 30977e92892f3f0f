/** What the collector says of its sites, how to ask for their events, and the token that it may want. */

export interface Site {
  readonly site: string;
  readonly events: number;
  readonly first_ts: number | null;
  readonly last_ts: number | null;
}

/** Above this many events a site is fetched as Parquet: a tenth of the bytes, but one more wasm to load. */
const PARQUET_EVENTS = 20_000;

/** The collector wants a read token, or another one than it got. */
export class TokenWanted extends Error {}

const TOKEN_KEY = "desirepath:read-token";
let readToken = storedToken();

function storedToken(): string | null {
  try {
    return sessionStorage.getItem(TOKEN_KEY);
  } catch {
    return null;
  }
}

/** Sends this token from now on. The tab keeps it until it is closed. */
export function useToken(token: string): void {
  readToken = token;
  try {
    sessionStorage.setItem(TOKEN_KEY, token);
  } catch {
    // Without storage it lasts as long as the page.
  }
}

/** Asks the collector, with the token that it wants. */
function request(address: string): Request {
  return new Request(address, readToken === null ? {} : { headers: { authorization: `Bearer ${readToken}` } });
}

/**
 * The sites of the collector that serves this page, or `undefined` where none does (a dashboard on a plain static
 * server, which opens files only).
 *
 * @throws where there is a collector that refuses or can't be reached; {@link TokenWanted} where it wants a token.
 */
export async function fetchSites(): Promise<readonly Site[] | undefined> {
  let response: Response;
  try {
    response = await fetch(request("/v1/sites"), { cache: "no-store" });
  } catch {
    throw new Error("The collector can't be reached. Check that it runs; this page goes on by itself when it does.");
  }
  if (response.status === 404) return undefined;
  if (response.status === 401)
    throw new TokenWanted(readToken === null ? "" : "That is not the read token of this collector.");
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

/** Asks for the events of a site. */
export function eventsOf({ site, events }: Site): Request {
  const format = events > PARQUET_EVENTS ? "parquet" : "ndjson";
  return request(`/v1/sites/${encodeURIComponent(site)}/events?format=${format}`);
}

/** Asks for those events of a site that arrived after a position in the collector's log. */
export function newEventsOf({ site }: Site, position: string): Request {
  return request(`/v1/sites/${encodeURIComponent(site)}/events?format=ndjson&after=${encodeURIComponent(position)}`);
}

/** The site to open first: the one that is asked for, else the one where something happened last. */
export function chooseSite(sites: readonly Site[], wanted: string | undefined): Site | undefined {
  const named = sites.find(({ site }) => site === wanted);
  if (named) return named;
  return sites.filter(({ events }) => events > 0).toSorted((a, b) => (b.last_ts ?? 0) - (a.last_ts ?? 0))[0];
}

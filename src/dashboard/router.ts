import { signal } from "@preact/signals";

/** Where in the page somebody is: `#/transfers?state=PENDING` is `["transfers"]` with a query. */
export interface Route {
  path: readonly string[];
  query: URLSearchParams;
}

export const route = signal<Route>(parse(location.hash));

addEventListener("hashchange", () => {
  route.value = parse(location.hash);
});

function parse(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const segments = path.split("/").filter((segment) => segment !== "");
  return { path: segments.map(decode), query: new URLSearchParams(query) };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    // Somebody typed a percent sign.
    return segment;
  }
}

/** The address of a place in the page. */
export function href(path: readonly string[], query: Record<string, string | undefined> = {}): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const search = given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
  return `#/${path.map(encodeURIComponent).join("/")}${search}`;
}

export function navigate(to: string): void {
  location.hash = to.replace(/^#/, "");
}

/** Changes the query of where one is, without another step in the browser's history. */
export function replaceQuery(query: Record<string, string | undefined>): void {
  history.replaceState(null, "", href(route.value.path, query));
  route.value = parse(location.hash);
}

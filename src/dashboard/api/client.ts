/** An answer that is no success: problem details (RFC 9457), or no answer at all (`status` 0). */
export class ApiProblem extends Error {
  readonly status: number;
  /** The last segment of the problem type: one of docs/errors.md; `unreachable` for no answer. */
  readonly code: string;
  readonly fields: readonly { pointer: string; detail: string }[];

  constructor(status: number, code: string, detail: string, fields: readonly { pointer: string; detail: string }[] = []) {
    super(detail);
    this.name = "ApiProblem";
    this.status = status;
    this.code = code;
    this.fields = fields;
  }
}

export interface CallOptions {
  method?: "GET" | "POST" | "PATCH" | "DELETE";
  /** Sent as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

let unauthorized: (() => void) | undefined;

/** Is told when the API no longer knows who asks. */
export function onUnauthorized(callback: () => void): void {
  unauthorized = callback;
}

/**
 * Asks the API. Page and API come from one server and one build, so an answer is what its type says.
 * @throws ApiProblem
 */
export async function call<Answer>(path: string, { method = "GET", body, headers, signal }: CallOptions = {}): Promise<Answer> {
  const response = await fetch(path, {
    method,
    headers: { accept: "application/json", ...(body !== undefined && { "content-type": "application/json" }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
    credentials: "same-origin",
    redirect: "error",
  }).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiProblem(0, "unreachable", "The API cannot be reached. The page tries again by itself.");
  });
  if (response.ok) return (response.status === 204 ? undefined : await response.json()) as Answer;
  if (response.status === 401) unauthorized?.();
  throw await readProblem(response);
}

// Ten pages of a hundred are more than a person reads.
const PAGES_MAX = 10;

/**
 * Asks the API for a list, page by page.
 * @param parameter The query parameter that asks for the next page.
 * @throws ApiProblem
 */
export async function callForAll<Answer extends { next?: string }, Item>(
  path: string,
  parameter: "after" | "cursor",
  itemsOf: (page: Answer) => readonly Item[],
  options: CallOptions = {},
): Promise<Item[]> {
  const items: Item[] = [];
  let next: string | undefined;
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const page = await call<Answer>(withQuery(path, { [parameter]: next }), options);
    items.push(...itemsOf(page));
    next = page.next;
    if (next === undefined) break;
  }
  return items;
}

/** Asks the API for a file. @throws ApiProblem */
export async function callForFile(path: string, mediaType: string): Promise<Blob> {
  const response = await fetch(path, { headers: { accept: mediaType }, credentials: "same-origin", redirect: "error" });
  if (response.ok) return await response.blob();
  if (response.status === 401) unauthorized?.();
  throw await readProblem(response);
}

interface Problem {
  type?: string;
  detail?: string;
  field?: string;
  errors?: { pointer: string; detail: string }[];
}

async function readProblem(response: Response): Promise<ApiProblem> {
  const problem: Problem = await response.json().catch(() => ({}));
  const code = problem.type?.split("/").at(-1) ?? "internal";
  const detail = problem.detail ?? `HTTP ${response.status}`;
  const fields = problem.errors ?? (problem.field === undefined ? [] : [{ pointer: problem.field, detail }]);
  return new ApiProblem(response.status, code, detail, fields);
}

/** A path with its query; what is empty is left out. */
export function withQuery(path: string, query: Record<string, string | undefined>): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

import fc from "fast-check";
import { type Dictionary, damaged, valuesOf } from "./arbitraries.js";
import type { Operation } from "./operations.js";
import { MESSAGES } from "./socket.js";

/**
 * A request that is to be made.
 *
 * - `mustFail`: why it must be refused, where the document says that it must.
 * - `key`: which API key it carries; of a principal of the run's own, unless it is for an arbiter.
 */
export interface PlannedRequest {
  operation: Operation;
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | undefined;
  key: "good" | "proposer" | "confirmer" | "forged" | "none" | "narrow";
  /** What is said over a WebSocket; without it, none is opened. */
  message: string | undefined;
  mustFail: string | undefined;
}

type Parameters = Record<string, unknown>;

const SWITCHING_PROTOCOLS = 101;
const BIG_BODY = JSON.stringify({ x: "y".repeat(20_000) });
const BROKEN_BODIES = ["", "{", "nul", '{"a":1,"a":2}', '{"__proto__":{}}', "[]", "\u0000", '{"a":"\\ud800"}', "1e999", BIG_BODY];
const BODY_TYPES = ["text/plain", "application/xml", "application/x-www-form-urlencoded", "application/jsonx"];

/** Requests of an operation: good ones, and ones with one thing wrong. */
export function requestsOf(operation: Operation, dictionary: Dictionary): fc.Arbitrary<PlannedRequest> {
  const plain = withArbiter(operation, goodRequests(operation, dictionary));
  const good = operation.answers.has(SWITCHING_PROTOCOLS) ? withMessage(plain) : plain;
  return fc.oneof(
    { weight: 10, arbitrary: good },
    { weight: 3, arbitrary: withDamagedBody(operation, good, dictionary) },
    { weight: 2, arbitrary: withDamagedParameter(operation, good) },
    { weight: 1, arbitrary: withBrokenBody(operation, good) },
    { weight: 1, arbitrary: withWrongKey(operation, good) },
  );
}

function goodRequests(operation: Operation, dictionary: Dictionary): fc.Arbitrary<PlannedRequest> {
  const about = dictionaryOf(operation, dictionary);
  const members = operation.parameters.map(({ name, schema }): [string, fc.Arbitrary<unknown>] => [
    name,
    valuesOf(schema, name, about),
  ]);
  const requiredKeys = operation.parameters
    .filter(({ in: place, required }) => required || place === "path")
    .map(({ name }) => name);
  const parameters = fc.record(Object.fromEntries(members), { requiredKeys }) as fc.Arbitrary<Parameters>;
  const body = operation.body === undefined ? fc.constant(undefined) : valuesOf(operation.body, "body", about);
  return fc.tuple(parameters, body).map(([given, value]) => toRequest(operation, given, value));
}

/** In a collection, what is known of it by name goes before what is known of the name. */
function dictionaryOf({ collection }: Operation, dictionary: Dictionary): Dictionary {
  const own = Object.entries(dictionary).filter(([name, values]) => name.startsWith(`${collection}.`) && values.length > 0);
  return { ...dictionary, ...Object.fromEntries(own.map(([name, values]) => [name.slice(collection.length + 1), values])) };
}

function withArbiter({ collection }: Operation, good: fc.Arbitrary<PlannedRequest>): fc.Arbitrary<PlannedRequest> {
  if (collection !== "suspended-transfers") return good;
  const keys = fc.constantFrom<PlannedRequest["key"][]>("good", "proposer", "confirmer");
  return fc.tuple(good, keys).map(([request, key]): PlannedRequest => ({ ...request, key }));
}

function withMessage(good: fc.Arbitrary<PlannedRequest>): fc.Arbitrary<PlannedRequest> {
  const said = fc.option(fc.constantFrom(...MESSAGES), { nil: undefined });
  return fc.tuple(good, said).map(([request, message]): PlannedRequest => ({ ...request, message }));
}

function withDamagedBody(operation: Operation, good: fc.Arbitrary<PlannedRequest>, dictionary: Dictionary) {
  if (operation.body === undefined) return good;
  const isBodyValid = operation.isBodyValid?.();
  return fc.tuple(good, damaged(valuesOf(operation.body, "body", dictionary))).map(([request, value]): PlannedRequest => {
    const mustFail =
      isBodyValid?.(value) === false ? `the body ${isBodyValid.errors?.[0]?.instancePath} breaks its schema` : undefined;
    return { ...request, body: JSON.stringify(value), mustFail };
  });
}

function withDamagedParameter(operation: Operation, good: fc.Arbitrary<PlannedRequest>): fc.Arbitrary<PlannedRequest> {
  const queries = operation.parameters.filter(({ in: place }) => place === "query").map(({ name }) => name);
  if (queries.length === 0) return good;
  const wrong = fc.constantFrom("", "x", "-1", "0x1", "null", "[]", "1e3", " ", "\0", "%zz", "\u0661", "y".repeat(600));
  return fc.tuple(good, fc.constantFrom("unknown", ...queries), wrong).map(([request, name, value]): PlannedRequest => {
    const [path = "", query = ""] = request.path.split("?");
    const search = new URLSearchParams(query);
    search.set(name, value);
    const broken = name === "unknown" || operation.isParameterValid.get(name)?.()(value) === false;
    return { ...request, path: `${path}?${search}`, mustFail: broken ? `the parameter ${name} breaks its schema` : undefined };
  });
}

function withBrokenBody(operation: Operation, good: fc.Arbitrary<PlannedRequest>): fc.Arbitrary<PlannedRequest> {
  if (operation.body === undefined) return good;
  const broken = fc.tuple(good, fc.constantFrom(...BROKEN_BODIES)).map(
    ([request, body]): PlannedRequest => ({
      ...{ ...request, body, mustFail: "the body is none" },
    }),
  );
  const wrongType = fc.tuple(good, fc.constantFrom(...BODY_TYPES)).map(
    ([request, type]): PlannedRequest => ({
      ...{ ...request, headers: { ...request.headers, "content-type": type }, mustFail: `the media type is ${type}` },
    }),
  );
  return fc.oneof(broken, wrongType);
}

function withWrongKey(operation: Operation, good: fc.Arbitrary<PlannedRequest>): fc.Arbitrary<PlannedRequest> {
  if (operation.isPublic) return good;
  const keys = fc.constantFrom("forged", "none", "narrow") as fc.Arbitrary<PlannedRequest["key"]>;
  return fc.tuple(good, keys).map(
    ([request, key]): PlannedRequest => ({
      ...{ ...request, key, mustFail: key === "narrow" ? undefined : "there is no good key" },
    }),
  );
}

function toRequest(operation: Operation, given: Parameters, value: unknown): PlannedRequest {
  const of = (place: string) =>
    operation.parameters.filter(({ name, in: where }) => where === place && given[name] !== undefined).map(({ name }) => name);
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_match, name: string) => toSegment(String(given[name])));
  const search = new URLSearchParams(of("query").map((name): [string, string] => [name, String(given[name])]));
  const headers = Object.fromEntries(of("header").map((name) => [name, toHeader(String(given[name]))]));
  return {
    operation,
    method: operation.method,
    path: search.size > 0 ? `${path}?${search}` : path,
    headers: value === undefined ? headers : { ...headers, "content-type": "application/json" },
    body: value === undefined ? undefined : JSON.stringify(value),
    ...{ key: "good", mustFail: undefined, message: undefined },
  };
}

// An empty segment, or one of dots, would be another path.
function toSegment(text: string): string {
  return /^\.{0,2}$/.test(text) ? "-" : encodeURIComponent(text.toWellFormed());
}

// What no client could send.
function toHeader(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, "?");
}

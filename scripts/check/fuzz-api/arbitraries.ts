import fc from "fast-check";
import type { Schema } from "./operations.js";

/** What a text is about, by the member or parameter that holds it: guesses that come through to the system behind the schema. */
export type Dictionary = Readonly<Record<string, readonly string[]>>;

const NASTY = [
  ...[
    "",
    " ",
    "\0",
    "0",
    "-1",
    "1e3",
    "null",
    "true",
    "٣",
    "１",
    "+",
    "\u202e",
    "\ud800",
    "'; drop table events; --",
    "__proto__",
  ],
  ...["../../etc/passwd", "%00", "%zz", "\r\nx: y", "9".repeat(40), "a".repeat(300), "💶", "<script>"],
];
const LIST_MAX = 4;
const ANY_MAX = 60;

/** Values of a schema: mostly those that come through, now and then others that the schema allows. */
export function valuesOf(schema: Schema, name: string, dictionary: Dictionary): fc.Arbitrary<unknown> {
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((one) => valuesOf(one, name, dictionary)));
  if ("const" in schema) return fc.constant(schema.const);
  if (schema.enum !== undefined) return choices(schema.enum, name, dictionary);
  switch (schema.type) {
    case "object":
      return objects(schema, dictionary);
    case "array": {
      const limits = { minLength: schema.minItems ?? 0, maxLength: Math.min(schema.maxItems ?? LIST_MAX, LIST_MAX) };
      const items = valuesOf(schema.items ?? {}, name, dictionary);
      return schema.uniqueItems ? fc.uniqueArray(items, limits) : fc.array(items, limits);
    }
    case "integer":
      return fc.integer({ min: schema.minimum ?? -10, max: schema.maximum ?? 1_000 });
    case "boolean":
      return fc.boolean();
    default:
      return texts(schema, name, dictionary);
  }
}

function choices(values: readonly unknown[], name: string, dictionary: Dictionary): fc.Arbitrary<unknown> {
  const known = (dictionary[name] ?? []).filter((value) => values.includes(value));
  const any = { weight: 1, arbitrary: fc.constantFrom(...values) };
  return known.length === 0 ? any.arbitrary : fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...known) }, any);
}

function objects({ properties = {}, required = [] }: Schema, dictionary: Dictionary): fc.Arbitrary<unknown> {
  const members = Object.fromEntries(Object.entries(properties).map(([name, of]) => [name, valuesOf(of, name, dictionary)]));
  return fc.record(members, { requiredKeys: required });
}

function texts(schema: Schema, name: string, dictionary: Dictionary): fc.Arbitrary<string> {
  const fits = (text: string) =>
    text.length >= (schema.minLength ?? 0) &&
    text.length <= (schema.maxLength ?? Number.POSITIVE_INFINITY) &&
    (schema.pattern === undefined || new RegExp(schema.pattern, "u").test(text));
  const known = (dictionary[name] ?? []).filter(fits);
  const nasty = NASTY.filter(fits);
  const any = anyText(schema);
  const choices = [
    ...(known.length > 0 ? [{ weight: 12, arbitrary: fc.constantFrom(...known) }] : []),
    ...(nasty.length > 0 ? [{ weight: 1, arbitrary: fc.constantFrom(...nasty) }] : []),
    { weight: 1, arbitrary: any },
  ];
  return fc.oneof(...choices);
}

const anyTexts = new Map<string, fc.Arbitrary<string>>();

/** Texts of a schema, made once for each kind: fast-check takes long to make one by a pattern. */
function anyText({ pattern, minLength = 0, maxLength = ANY_MAX }: Schema): fc.Arbitrary<string> {
  const kind = pattern ?? `${minLength} ${maxLength}`;
  const made =
    anyTexts.get(kind) ??
    (pattern === undefined
      ? fc.string({ minLength, maxLength: Math.min(maxLength, ANY_MAX), unit: "binary" })
      : fc.stringMatching(new RegExp(pattern)));
  anyTexts.set(kind, made);
  return made;
}

const WRONG = [null, true, 0, -1, 1.5, 1e21, "", "x", "\0", [], [null], {}, { a: 1 }];

/** Values that were of a schema, with one thing about them changed; it may still allow them. */
export function damaged(values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc
    .tuple(values, fc.nat(), fc.constantFrom(...WRONG), fc.constantFrom("replace", "remove", "add"))
    .map(([value, where, wrong, how]) => change(structuredClone(value), where, wrong, how));
}

/** Changes the value at one of its places, the root among them. */
function change(root: unknown, where: number, wrong: unknown, how: string): unknown {
  const places = placesIn(root);
  const place = places[where % (places.length + 1)];
  if (place === undefined) return how === "add" && isRecord(root) ? { ...root, state: "COMPLETED" } : wrong;
  const { holder, key } = place;
  if (how === "add") {
    const value = holder[key];
    if (isRecord(value)) value.unknown = wrong;
    else holder[`${key}x`] = wrong;
  } else if (how === "remove" && !Array.isArray(holder)) delete holder[key];
  else holder[key] = wrong;
  return root;
}

function placesIn(value: unknown): { holder: Record<string, unknown>; key: string }[] {
  if (value === null || typeof value !== "object") return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...placesIn(holder[key])]);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

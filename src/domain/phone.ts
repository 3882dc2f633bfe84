import { type NumberType, parsePhoneNumberFromString } from "libphonenumber-js/max";
import { AppError } from "./app-error.js";

/** The kinds of lines that a deployment can accept. Nobody's bank account belongs to the other kinds, e.g. toll-free or premium rate. */
export type PhoneType = (typeof PHONE_TYPES)[number];

export const PHONE_TYPES = ["mobile", "fixed-line", "voip", "personal"] as const;

export const DEFAULT_PHONE_TYPES: readonly PhoneType[] = ["mobile", "fixed-line"];

const TYPES_BY_METADATA: Partial<Record<NonNullable<NumberType>, readonly PhoneType[]>> = {
  MOBILE: ["mobile"],
  FIXED_LINE: ["fixed-line"],
  // Number plans that do not tell the two apart, e.g. North America's.
  FIXED_LINE_OR_MOBILE: ["mobile", "fixed-line"],
  VOIP: ["voip"],
  PERSONAL_NUMBER: ["personal"],
};

// ITU-T E.164: at most 15 digits, no country code begins with 0. Testing for ASCII first keeps out what libphonenumber would
// kindly normalise: full-width and Arabic digits, bidi marks, spaces, brackets, extensions.
const E164_PATTERN = /^\+[1-9][0-9]{1,14}$/;

/** Second spellings of lines that libphonenumber takes beside the first. The first is the one that counts. */
const SECOND_SPELLING_PATTERNS: readonly RegExp[] = [
  // Argentina: a mobile line has +54 9; without the 9 the same digits pass for a fixed line. Fixed lines are refused with them.
  /^\+54(?!9)/,
  // Brazil: mobile numbers have had nine digits since 2016; those of eight that begin with 7 were left in the metadata.
  /^\+55[0-9]{2}7[0-9]{7}$/,
  // Gabon: mobile numbers of seven digits, and of eight that begin with 0, became others in 2019.
  /^\+241(?:0|[2-7][0-9]{6}$)/,
];

/** Prefixes by which a line of another country can be dialled, with that country's own. The number is refused where both are valid. */
const SECOND_PREFIXES: readonly [second: string, first: string][] = [
  ["+972", "+970"], // Palestine, by Israel's code
  ["+381", "+383"], // Kosovo, by the codes that it used until 2017
  ["+37744", "+38344"],
  ["+37745", "+38345"],
  ["+38643", "+38343"],
  ["+390549", "+3780549"], // San Marino, by Italy's
  ["+35348", "+4428"], // Northern Ireland, by Ireland's
];

const SHOWN_AT_START = 3;
const SHOWN_AT_END = 2;

/**
 * Reads a phone number in E.164 form, e.g. `+66812345678`. A number has one spelling only, because its spelling is what its alias
 * is computed from: one with a national trunk prefix left in, or of an old number plan, is refused, not mended.
 *
 * @param types The kinds of lines that are accepted.
 * @throws AppError `invalid-phone`; the message does not repeat the number.
 */
export function parsePhone(text: string, types: readonly PhoneType[] = DEFAULT_PHONE_TYPES): string {
  if (!E164_PATTERN.test(text)) {
    throw new AppError(
      "invalid-phone",
      "A phone number is written in E.164 form: +, country code and subscriber number, digits only.",
    );
  }
  const held = typesOf(text);
  if (held === undefined || hasOtherSpelling(text)) {
    throw new AppError(
      "invalid-phone",
      "No line has this phone number in the number plan in force; write it as it is dialled from abroad.",
    );
  }
  if (!held.some((type) => types.includes(type))) {
    throw new AppError("invalid-phone", `A phone number is of one of these kinds here: ${types.join(", ")}.`);
  }
  return text;
}

/** The kinds of lines that a number may be; `undefined` for a number that no plan has, or that is spelled otherwise. */
function typesOf(e164: string): readonly PhoneType[] | undefined {
  const parsed = parsePhoneNumberFromString(e164);
  if (parsed?.number !== e164) return undefined;
  const type = parsed.getType();
  return type === undefined ? undefined : (TYPES_BY_METADATA[type] ?? []);
}

function hasOtherSpelling(e164: string): boolean {
  if (SECOND_SPELLING_PATTERNS.some((pattern) => pattern.test(e164))) return true;
  return SECOND_PREFIXES.some(
    ([second, first]) => e164.startsWith(second) && typesOf(first + e164.slice(second.length)) !== undefined,
  );
}

/** A phone number for people to recognise without learning it: `+66*******78`. */
export function maskPhone(e164: string): string {
  const hidden = Math.max(e164.length - SHOWN_AT_START - SHOWN_AT_END, 0);
  return e164.slice(0, SHOWN_AT_START) + "*".repeat(hidden) + e164.slice(SHOWN_AT_START + hidden);
}

import { parsePhoneNumberFromString } from "libphonenumber-js/min";
import { AppError } from "./app-error.js";

// ITU-T E.164: at most 15 digits, no country code begins with 0. Testing for ASCII first keeps out what libphonenumber would
// kindly normalise: full-width and Arabic digits, bidi marks, spaces, brackets, extensions.
const E164_PATTERN = /^\+[1-9][0-9]{1,14}$/;

const SHOWN_AT_START = 3;
const SHOWN_AT_END = 2;

/**
 * Reads a phone number in E.164 form, e.g. `+66812345678`. A number has one spelling only, because its spelling is what its alias
 * is computed from: one with a national trunk prefix left in is refused, not mended.
 *
 * @throws AppError `invalid-phone`; the message does not repeat the number.
 */
export function parsePhone(text: string): string {
  const parsed = E164_PATTERN.test(text) ? parsePhoneNumberFromString(text) : undefined;
  if (parsed === undefined || !parsed.isValid() || parsed.number !== text) {
    throw new AppError(
      "invalid-phone",
      "A phone number is written in E.164 form: +, country code and subscriber number, digits only.",
    );
  }
  return text;
}

/** A phone number for people to recognise without learning it: `+66*******78`. */
export function maskPhone(e164: string): string {
  const hidden = Math.max(e164.length - SHOWN_AT_START - SHOWN_AT_END, 0);
  return e164.slice(0, SHOWN_AT_START) + "*".repeat(hidden) + e164.slice(SHOWN_AT_START + hidden);
}

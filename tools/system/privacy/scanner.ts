import type { CanaryForm } from "./canary-forms.js";

/** A text that was looked through, and where it is from. */
export interface Haystack {
  where: string;
  text: string;
}

// Every form is longer; forms are told apart by so many characters first, so that a text is gone through once for all of them.
const KEY_CHARACTERS = 8;
// Shorter runs of hex hold no form.
const HEX_RUN = /[0-9a-fA-F]{20,}/g;

/** Finds forms of canaries in texts: as they stand, with hex in either case, and in what a run of hex stands for. */
export function createScanner(forms: readonly CanaryForm[]): (haystack: Haystack) => { where: string; name: string }[] {
  const byKey = new Map<string, CanaryForm[]>();
  for (const form of forms) {
    if (form.text.length < KEY_CHARACTERS) throw new RangeError(`Too short to look for: ${form.name}`);
    const key = form.text.slice(0, KEY_CHARACTERS);
    byKey.set(key, [...(byKey.get(key) ?? []), form]);
  }

  function scan(text: string, found: Set<string>): void {
    for (let start = 0; start + KEY_CHARACTERS <= text.length; start += 1) {
      for (const form of byKey.get(text.slice(start, start + KEY_CHARACTERS)) ?? []) {
        if (text.startsWith(form.text, start)) found.add(form.name);
      }
    }
  }

  return ({ where, text }) => {
    const found = new Set<string>();
    scan(text, found);
    scan(text.toLowerCase(), found);
    for (const [run] of text.matchAll(HEX_RUN)) scan(Buffer.from(run, "hex").toString("utf8"), found);
    return [...found].map((name) => ({ where, name }));
  };
}

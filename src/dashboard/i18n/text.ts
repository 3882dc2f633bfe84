import { computed } from "@preact/signals";
import { language } from "../preferences.js";
import { type Dictionary, en } from "./en.js";
import { th } from "./th.js";

const DICTIONARIES: Record<typeof language.value, Dictionary> = { en, th };
const LOCALES: Record<typeof language.value, string> = { en: "en-GB", th: "th-TH-u-ca-gregory-nu-latn" };

/** What the page says, in the language that is chosen. Whoever reads it is drawn again when the choice changes. */
const dictionary = computed(() => DICTIONARIES[language.value]);

export function text(): Dictionary {
  return dictionary.value;
}

/** For dates and numbers. */
export function locale(): string {
  return LOCALES[language.value];
}

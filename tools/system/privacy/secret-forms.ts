import type { StackSecrets } from "../../../scripts/stack/secrets.js";
import { type CanaryForm, clearForms } from "./canary-forms.js";

const PUBLIC: readonly string[] = ["id", "publicKey"];
// What signs deliveries: the watcher keeps it in its registry of functions.
const IN_STORE = "webhookSecret";

/** The keys, tokens and passwords of a stack; `inStore` says whether those that belong in the store are among them. */
export function secretForms(secrets: StackSecrets, { inStore }: { inStore: boolean }): CanaryForm[] {
  return leaves(secrets, "")
    .filter(({ name }) => !PUBLIC.includes(name) && (inStore || name !== IN_STORE))
    .flatMap(({ text }) => clearForms(text.replace(/^0x/, "")));
}

function leaves(value: unknown, name: string): { name: string; text: string }[] {
  if (typeof value === "string") return [{ name, text: value }];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, key));
}

import { effect, signal } from "@preact/signals";

/** What somebody prefers to see; kept in the browser. Nothing secret is ever put there. */
export type Theme = "system" | "light" | "dark";
export type Language = "en" | "th";

const THEME_KEY = "event-machine.theme";
const LANGUAGE_KEY = "event-machine.language";

export const theme = signal<Theme>(readChoice(THEME_KEY, ["system", "light", "dark"], "system"));
export const language = signal<Language>(
  readChoice(LANGUAGE_KEY, ["en", "th"], navigator.language.startsWith("th") ? "th" : "en"),
);

/** Whether the page is dark now, by choice or by the system's. */
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
export const isDark = signal(false);

/** Brings the choices to the document, now and whenever they change. */
export function applyPreferences(): void {
  const update = () => {
    isDark.value = theme.value === "dark" || (theme.value === "system" && systemIsDark.matches);
  };
  systemIsDark.addEventListener("change", update);
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
    update();
    writeChoice(THEME_KEY, theme.value);
  });
  effect(() => {
    document.documentElement.lang = language.value;
    writeChoice(LANGUAGE_KEY, language.value);
  });
}

function readChoice<T extends string>(key: string, allowed: readonly T[], otherwise: T): T {
  try {
    const stored = localStorage.getItem(key);
    return allowed.find((choice) => choice === stored) ?? otherwise;
  } catch {
    // A browser that keeps nothing; the choice holds for this visit.
    return otherwise;
  }
}

function writeChoice(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // As above.
  }
}

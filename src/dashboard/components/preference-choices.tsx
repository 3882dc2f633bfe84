import { text } from "../i18n/text.js";
import { type Language, language, type Theme, theme } from "../preferences.js";

const LANGUAGES: Record<Language, string> = { en: "English", th: "ไทย" };

export function LanguageChoice() {
  return (
    <select
      aria-label={text().language.label}
      value={language.value}
      onChange={(event) => {
        language.value = event.currentTarget.value === "th" ? "th" : "en";
      }}
    >
      {Object.entries(LANGUAGES).map(([code, name]) => (
        <option key={code} value={code} lang={code}>
          {name}
        </option>
      ))}
    </select>
  );
}

const THEMES: readonly Theme[] = ["system", "light", "dark"];
const SIGNS: Record<Theme, string> = { system: "◐", light: "☀", dark: "☾" };

/** One button that goes round: system, light, dark. */
export function ThemeChoice() {
  const t = text().theme;
  const next = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? "system";
  return (
    <button
      type="button"
      class="icon-button"
      onClick={() => {
        theme.value = next;
      }}
      title={`${t.label}: ${t[theme.value]}`}
      aria-label={`${t.label}: ${t[theme.value]}`}
    >
      {SIGNS[theme.value]}
    </button>
  );
}

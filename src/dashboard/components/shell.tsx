import type { ComponentChildren } from "preact";
import { text } from "../i18n/text.js";
import { href, route } from "../router.js";
import { may, principal, signOut } from "../session.js";
import { Help } from "./help.js";
import { Mark } from "./icons.js";
import { LiveStatus } from "./live-status.js";
import { LanguageChoice, ThemeChoice } from "./preference-choices.js";

interface Place {
  path: string;
  label: string;
}

/** The frame around every page: where one is, whether it is live, who one is. */
export function Shell({ children }: { children: ComponentChildren }) {
  const t = text();
  return (
    <div class="shell">
      <button type="button" class="skip-link" onClick={() => document.getElementById("page")?.focus()}>
        {t.common.skip}
      </button>
      <header class="topbar">
        <a class="brand" href={href([])}>
          <Mark /> <span class="brand-name">Event Machine</span>
        </a>
        <LiveStatus />
        <LanguageChoice />
        <ThemeChoice />
        <span class="who" title={t.signIn.as(principal())}>
          {principal()}
        </span>
        <button type="button" class="button" onClick={() => void signOut()}>
          {t.signIn.out}
        </button>
      </header>
      <Navigation />
      <Help />
      <main class="page" id="page" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

function Navigation() {
  const t = text().nav;
  const current = route.value.path[0] ?? "";
  return (
    <nav class="navigation" aria-label={text().common.menu}>
      <ul>
        {groups(t).map(({ heading, places }) => (
          <>
            {heading !== undefined && places.length > 0 && <li class="heading">{heading}</li>}
            {places.map(({ path, label }) => (
              <li key={path}>
                <a href={href(path === "" ? [] : [path])} aria-current={path === current ? "page" : undefined}>
                  {label}
                </a>
              </li>
            ))}
          </>
        ))}
        <li>
          <a href="/docs">{t.reference}</a>
        </li>
      </ul>
    </nav>
  );
}

/** What the caller may see; what it may not is not offered. */
function groups(t: ReturnType<typeof text>["nav"]): { heading?: string; places: Place[] }[] {
  const shown = (allowed: boolean, path: string, label: string): Place[] => (allowed ? [{ path, label }] : []);
  return [
    { places: shown(may("stats:read"), "", t.overview) },
    {
      heading: t.money,
      places: [
        ...shown(may("transfers:read", "transfers:read-any"), "transfers", t.transfers),
        ...shown(may("transfers:write"), "send", t.send),
      ],
    },
    {
      heading: t.operation,
      places: [
        ...shown(may("transfers:resolve", "transfers:report-outcome", "transfers:read-any"), "suspended", t.suspended),
        ...shown(may("functions:read", "functions:write"), "dead-letters", t.deadLetters),
        ...shown(may("functions:read", "functions:write"), "functions", t.functions),
      ],
    },
    {
      heading: t.books,
      places: [
        ...shown(may("stats:read"), "reconciliation", t.reconciliation),
        ...shown(may("stats:read"), "settlement", t.settlement),
      ],
    },
  ];
}

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { State } from "../../domain/transfer-state.js";
import { ApiProblem } from "../api/client.js";
import { shortHash } from "../i18n/format.js";
import { text } from "../i18n/text.js";
import { href } from "../router.js";
import { Check, Copy } from "./icons.js";

type Tone = "good" | "open" | "warn" | "bad" | "muted";

const TONES: Record<State, Tone> = {
  NONE: "muted",
  STARTED: "open",
  PENDING: "open",
  COMPLETED: "good",
  REJECTED: "bad",
  REVERSING: "warn",
  REVERSED: "bad",
  SUSPENDED: "warn",
};
const OPEN: readonly State[] = ["NONE", "STARTED", "PENDING", "REVERSING"];

/** A dot and a word: the colour alone says nothing that the word does not. An open state's dot is a ring. */
export function Badge({ tone, open = false, children }: { tone: Tone; open?: boolean; children: ComponentChildren }) {
  return <span class={`badge tone-${tone} ${open ? "open" : ""}`}>{children}</span>;
}

export function StateBadge({ state }: { state: State }) {
  return (
    <Badge tone={TONES[state]} open={OPEN.includes(state)}>
      {text().states[state]}
    </Badge>
  );
}

export function toneOf(state: State): Tone {
  return TONES[state];
}

/** A part of a page, with a heading. */
export function Card(props: {
  title?: string;
  note?: string;
  class?: string;
  actions?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <section class={`card ${props.class ?? ""}`}>
      {props.title !== undefined && (
        <header>
          <h2>{props.title}</h2>
          {props.note !== undefined && <span class="note">{props.note}</span>}
          {props.actions}
        </header>
      )}
      {props.children}
    </section>
  );
}

export function PageHead({ title, lead, children }: { title: string; lead?: string; children?: ComponentChildren }) {
  return (
    <div class="page-head">
      <h1>{title}</h1>
      {children}
      {lead !== undefined && <p class="lead">{lead}</p>}
    </div>
  );
}

/** Where there is nothing: what that means, and what to do. */
export function Empty({ title, hint, children }: { title: string; hint?: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <strong>{title}</strong>
      {hint !== undefined && <span>{hint}</span>}
      {children}
    </div>
  );
}

/** While something is asked for, the first time. */
export function Loading() {
  return (
    <p class="empty loading" role="status">
      {text().common.loading}
    </p>
  );
}

/** What went wrong, what to do, and a way to try again. */
export function Problem({ error, retry }: { error: unknown; retry?: () => void }) {
  const t = text().problem;
  const fields = error instanceof ApiProblem ? error.fields : [];
  return (
    <div class="notice bad" role="alert">
      <div class="detail">
        <strong>{t.title}.</strong> {explain(error)}
        {fields.length > 0 && (
          <ul>
            {fields.map(({ pointer, detail }) => (
              <li key={pointer}>
                <code>{pointer}</code> {detail}
              </li>
            ))}
          </ul>
        )}
      </div>
      {retry !== undefined && (
        <button type="button" class="button" onClick={retry}>
          {text().common.retry}
        </button>
      )}
    </div>
  );
}

function explain(error: unknown): string {
  const t = text().problem;
  if (!(error instanceof ApiProblem)) return String(error);
  if (error.code === "unreachable") return t.unreachable;
  if (error.code === "forbidden") return `${t.forbidden} ${error.message}`;
  if (error.code === "too-many-requests") return t.tooMany;
  return error.message;
}

/** A hash that can be copied whole. */
export function Hash({ value, full = false }: { value: string; full?: boolean }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard?.writeText(value);
    setCopied(true);
    setTimeout(() => setCopied(false), 1_500);
  };
  return (
    <span class="hash">
      <code title={value}>{full ? value : shortHash(value)}</code>
      <button type="button" class="copy" onClick={copy} aria-label={`${text().common.copy}: ${value}`}>
        {copied ? <Check /> : <Copy />}
      </button>
    </span>
  );
}

export function TransferLink({ id }: { id: string }) {
  return (
    <a href={href(["transfers", id])} title={id}>
      <code>{shortHash(id)}</code>
    </a>
  );
}

import { useState } from "preact/hooks";
import { call } from "../api/client.js";
import { Badge, Problem } from "../components/parts.js";
import { useAction } from "../components/use-action.js";
import { duration } from "../i18n/format.js";
import { text } from "../i18n/text.js";

interface Invocation {
  status: "waiting" | "succeeded" | "failed";
  output?: unknown;
  logs?: readonly string[];
  error?: string;
  durationMs?: number;
}

const WAIT_SECONDS = 10;
const EXAMPLE = JSON.stringify({ amount: { amount: "20000", currency: "THB" } }, null, 2);

/** Runs a function on an input, and shows what it returned and wrote. */
export function Invoke({ name }: { name: string }) {
  const t = text().functions;
  const [input, setInput] = useState(EXAMPLE);
  const [answer, setAnswer] = useState<Invocation>();
  const action = useAction();
  const parsed = parse(input);

  const run = () =>
    action.run(async () => {
      const path = `/v1/functions/${encodeURIComponent(name)}/invocations`;
      const headers = { prefer: `wait=${WAIT_SECONDS}` };
      setAnswer(await call<Invocation>(path, { method: "POST", headers, body: { input: parsed?.value } }));
      return undefined;
    });

  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (parsed !== undefined) void run();
      }}
    >
      <div class="field">
        <label for="invocation-input">{t.input}</label>
        <textarea
          id="invocation-input"
          rows={6}
          spellcheck={false}
          value={input}
          onInput={(event) => setInput(event.currentTarget.value)}
          aria-invalid={parsed === undefined}
          aria-describedby="invocation-wrong"
        />
        <span class="wrong" id="invocation-wrong">
          {parsed === undefined && t.wrongJson}
        </span>
      </div>
      <div class="row end">
        <button type="submit" class="button primary" disabled={action.busy || parsed === undefined}>
          {t.run}
        </button>
      </div>
      {action.error !== undefined && <Problem error={action.error} />}
      {answer !== undefined && <Answer answer={answer} />}
    </form>
  );
}

function Answer({ answer: { status, output, logs = [], error, durationMs } }: { answer: Invocation }) {
  const t = text().functions;
  return (
    <div class="form" data-testid="invocation" role="status">
      <Badge tone={status === "succeeded" ? "good" : status === "failed" ? "bad" : "warn"}>
        {durationMs === undefined ? t.statuses[status] : t.returned(t.statuses[status], duration(durationMs))}
      </Badge>
      {error !== undefined && <pre class="output">{error}</pre>}
      {output !== undefined && (
        <div class="field">
          <span class="label">{t.output}</span>
          <pre class="output">{JSON.stringify(output, null, 2)}</pre>
        </div>
      )}
      {logs.length > 0 && (
        <div class="field">
          <span class="label">{t.logs}</span>
          <pre class="output">{logs.join("\n")}</pre>
        </div>
      )}
    </div>
  );
}

function parse(json: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(json) };
  } catch {
    // Not yet; the field says so.
    return undefined;
  }
}

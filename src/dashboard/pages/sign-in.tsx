import { useState } from "preact/hooks";
import { ApiProblem } from "../api/client.js";
import { Mark } from "../components/icons.js";
import { Problem } from "../components/parts.js";
import { LanguageChoice, ThemeChoice } from "../components/preference-choices.js";
import { text } from "../i18n/text.js";
import { session, signIn } from "../session.js";

export function SignIn() {
  const t = text().signIn;
  const [key, setKey] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [wrong, setWrong] = useState<string>();
  const ended = session.value.kind === "signed-out" && session.value.because === "ended";

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    setError(undefined);
    setWrong(key.trim() === "" ? t.missing : undefined);
    if (key.trim() === "") return;
    setBusy(true);
    try {
      await signIn(key.trim());
    } catch (problem) {
      if (problem instanceof ApiProblem && problem.status === 401) setWrong(t.wrong);
      else setError(problem);
    }
    setBusy(false);
  }

  return (
    <main class="sign-in">
      <form class="card" onSubmit={submit}>
        <span class="brand">
          <Mark /> Event Machine
        </span>
        <h1>{t.title}</h1>
        {ended && <p class="notice">{t.ended}</p>}
        <p class="note">{t.lead}</p>
        <div class="field">
          <label for="api-key">{t.key}</label>
          <input
            id="api-key"
            type="password"
            autoComplete="off"
            spellcheck={false}
            value={key}
            onInput={(event) => setKey(event.currentTarget.value)}
            aria-invalid={wrong !== undefined}
            aria-describedby="api-key-wrong"
          />
          <span class="wrong" id="api-key-wrong" role="alert">
            {wrong}
          </span>
        </div>
        {error !== undefined && <Problem error={error} />}
        <button type="submit" class="button primary" disabled={busy}>
          {t.button}
        </button>
      </form>
      <div class="choices">
        <LanguageChoice />
        <ThemeChoice />
      </div>
    </main>
  );
}

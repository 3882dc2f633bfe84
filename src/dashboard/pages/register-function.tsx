import { useState } from "preact/hooks";
import { call } from "../api/client.js";
import { Field } from "../components/field.js";
import { Card, Hash, PageHead, Problem } from "../components/parts.js";
import { useAction } from "../components/use-action.js";
import { text } from "../i18n/text.js";
import { href } from "../router.js";

const TYPES = ["started", "pending", "completed", "rejected", "reversing", "reversed", "suspended", "resolved"];
const EXAMPLE = `import { defineFunction } from "event-machine/function";

export default defineFunction({
  on: ["eventmachine.transfer.started"],
  handle(event) {
    const { amount } = event.data;
    if (amount === undefined || BigInt(amount.amount) < 10_000n) return "small";
    console.log(\`\${amount.amount} \${amount.currency}\`);
    return "large";
  },
});
`;

interface Made {
  name: string;
  secret: string;
}

/** Registers a function: a module that is written here, or a URL. */
export function RegisterFunction() {
  const t = text().functions;
  const [made, setMade] = useState<Made>();
  return (
    <>
      <PageHead title={t.register} />
      <Card>{made === undefined ? <RegisterForm onMade={setMade} /> : <Registered made={made} />}</Card>
    </>
  );
}

function Registered({ made: { name, secret } }: { made: Made }) {
  const t = text().functions;
  return (
    <div class="body form" role="status">
      <p>
        <strong>{t.registered(name)}</strong> {t.secret}
      </p>
      <Hash value={secret} full />
      <div class="row">
        <a class="button primary" href={href(["functions", name])}>
          {name}
        </a>
      </div>
    </div>
  );
}

function RegisterForm({ onMade }: { onMade(made: Made): void }) {
  const t = text().functions;
  const [name, setName] = useState("");
  const [kind, setKind] = useState<"module" | "url">("module");
  const [source, setSource] = useState(EXAMPLE);
  const [url, setUrl] = useState("");
  const [types, setTypes] = useState<readonly string[]>(["completed"]);
  const action = useAction();
  const target =
    kind === "module" ? { module: { source } } : { url, types: types.map((type) => `eventmachine.transfer.${type}`) };
  const register = () =>
    action.run(async () => {
      onMade(await call<Made>("/v1/functions", { method: "POST", body: { name, ...target } }));
      return undefined;
    });
  return (
    <form
      class="body form"
      onSubmit={(event) => {
        event.preventDefault();
        void register();
      }}
    >
      <Field label={t.name} hint={t.nameHint} value={name} onInput={setName} />
      <div class="field">
        <label for="kind">{t.kind}</label>
        <select id="kind" value={kind} onChange={(event) => setKind(event.currentTarget.value === "url" ? "url" : "module")}>
          <option value="module">{t.kindModule}</option>
          <option value="url">{t.kindUrl}</option>
        </select>
      </div>
      {kind === "module" ? (
        <div class="field">
          <label for="source">{t.source}</label>
          <textarea
            id="source"
            rows={14}
            spellcheck={false}
            value={source}
            onInput={(event) => setSource(event.currentTarget.value)}
          />
        </div>
      ) : (
        <>
          <Field label={t.url} value={url} onInput={setUrl} inputMode="url" />
          <Types chosen={types} onChange={setTypes} />
        </>
      )}
      {action.error !== undefined && <Problem error={action.error} />}
      <div class="row end">
        <button type="submit" class="button primary" disabled={action.busy || name === ""}>
          {t.create}
        </button>
      </div>
    </form>
  );
}

function Types({ chosen, onChange }: { chosen: readonly string[]; onChange(types: readonly string[]): void }) {
  return (
    <fieldset class="choices">
      <legend>{text().functions.types}</legend>
      {TYPES.map((type) => (
        <label key={type}>
          <input
            type="checkbox"
            checked={chosen.includes(type)}
            onChange={({ currentTarget: { checked } }) =>
              onChange(checked ? [...chosen, type] : chosen.filter((one) => one !== type))
            }
          />
          {type}
        </label>
      ))}
    </fieldset>
  );
}

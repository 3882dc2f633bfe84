import { useState } from "preact/hooks";
import { ApiProblem, call } from "../api/client.js";
import type { TransferResource } from "../api/types.js";
import { Field } from "../components/field.js";
import { Card, PageHead, Problem } from "../components/parts.js";
import { parseAmount } from "../i18n/format.js";
import { text } from "../i18n/text.js";
import { Travel } from "./send-travel.js";

const CURRENCIES = ["THB", "USD", "EUR", "SGD", "JPY"];
const PHONE_PATTERN = /^\+[1-9][0-9]{6,14}$/;
const MESSAGE_PATTERN = /^[^\n\r]{0,140}$/u;

interface Draft {
  payer: string;
  payee: string;
  amount: string;
  currency: string;
  message: string;
}

const EMPTY: Draft = { payer: "", payee: "", amount: "", currency: "THB", message: "" };

/** Sends a transfer, and shows it travel. */
export function Send() {
  const t = text().send;
  const [sent, setSent] = useState<TransferResource>();
  return (
    <>
      <PageHead title={t.title} lead={t.lead} />
      <div class="columns">
        <Card class="half">
          <SendForm onSent={setSent} />
        </Card>
        {sent !== undefined && <Travel key={sent.id} transfer={sent} />}
      </div>
    </>
  );
}

function SendForm({ onSent }: { onSent(transfer: TransferResource): void }) {
  const t = text();
  const [draft, setDraft] = useState(EMPTY);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  // One key for one draft: what is sent again, because no answer came, is the same transfer.
  const [key, setKey] = useState(newKey);
  const wrong = tried ? check(draft) : {};

  const change = (field: keyof Draft) => (value: string) => {
    setDraft({ ...draft, [field]: value });
    setKey(newKey());
    setError(undefined);
  };

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    setTried(true);
    if (Object.keys(check(draft)).length > 0) return;
    setBusy(true);
    setError(undefined);
    try {
      onSent(await post(draft, key));
      setKey(newKey());
    } catch (problem) {
      setError(problem);
    }
    setBusy(false);
  }

  return (
    <form class="body form" onSubmit={submit} noValidate data-testid="send-form">
      <Field
        label={t.send.payer}
        hint={t.send.phoneHint}
        wrong={wrong.payer}
        value={draft.payer}
        onInput={change("payer")}
        inputMode="tel"
      />
      <Field
        label={t.send.payee}
        hint={t.send.phoneHint}
        wrong={wrong.payee}
        value={draft.payee}
        onInput={change("payee")}
        inputMode="tel"
      />
      <div class="row top">
        <Field label={t.common.amount} wrong={wrong.amount} value={draft.amount} onInput={change("amount")} inputMode="decimal" />
        <div class="field">
          <label for="currency">{t.common.currency}</label>
          <select id="currency" value={draft.currency} onChange={(event) => change("currency")(event.currentTarget.value)}>
            {CURRENCIES.map((currency) => (
              <option key={currency}>{currency}</option>
            ))}
          </select>
        </div>
      </div>
      <Field
        label={`${t.send.message} (${t.send.optional})`}
        hint={t.send.messageHint}
        wrong={wrong.message}
        value={draft.message}
        onInput={change("message")}
      />
      {error !== undefined && <Problem error={error} />}
      {error instanceof ApiProblem && error.code === "unreachable" && <p class="note">{t.send.unsure}</p>}
      <div class="row end">
        <button type="submit" class="button primary" disabled={busy}>
          {t.send.button}
        </button>
      </div>
    </form>
  );
}

function check({ payer, payee, amount, currency, message }: Draft): Partial<Record<keyof Draft, string>> {
  const t = text().send;
  return {
    ...(!PHONE_PATTERN.test(compact(payer)) && { payer: t.wrongPhone }),
    ...(!PHONE_PATTERN.test(compact(payee)) && { payee: t.wrongPhone }),
    ...(parseAmount(amount, currency) === undefined && { amount: t.wrongAmount(currency === "JPY" ? 0 : 2) }),
    ...(!MESSAGE_PATTERN.test(message) && { message: t.wrongMessage }),
  };
}

async function post({ payer, payee, amount, currency, message }: Draft, key: string): Promise<TransferResource> {
  return await call<TransferResource>("/v1/transfers", {
    method: "POST",
    headers: { "idempotency-key": key },
    body: {
      payer: { phone: compact(payer) },
      payee: { phone: compact(payee) },
      amount: { amount: String(parseAmount(amount, currency)), currency },
      ...(message.trim() !== "" && { message: message.trim() }),
    },
  });
}

function compact(phone: string): string {
  return phone.replaceAll(/[\s()-]/g, "");
}

function newKey(): string {
  // `crypto.randomUUID` is for trustworthy origins only; a dashboard in a closed network may be on plain HTTP.
  return `dashboard-${Array.from(crypto.getRandomValues(new Uint32Array(4)), (word) => word.toString(36)).join("-")}`;
}

import { useState } from "preact/hooks";
import { needsReason, type State } from "../../domain/transfer-state.js";
import { call } from "../api/client.js";
import type { SuspendedTransferResource } from "../api/types.js";
import { Confirm } from "../components/confirm.js";
import { Field } from "../components/field.js";
import { Hash, Problem, StateBadge } from "../components/parts.js";
import { type Action, useAction } from "../components/use-action.js";
import { shortHash } from "../i18n/format.js";
import { text } from "../i18n/text.js";
import { may } from "../session.js";

type Proposed = NonNullable<SuspendedTransferResource["outcomeProposal"]>;

interface OutcomeProps {
  transfer: SuspendedTransferResource;
  onChange(): void;
}

/** The outcome that people of the open leg's bank report, in two steps: one proposes it with a note, another confirms it. */
export function Outcome({ transfer, onChange }: OutcomeProps) {
  const t = text().outcome;
  const action = useAction();
  const { outcomeProposal: proposal } = transfer;
  if (proposal === undefined && !may("transfers:report-outcome")) return null;
  const act = (method: "POST" | "DELETE", path: string, body: unknown, said: string) =>
    action.run(async () => {
      await call(`/v1/suspended-transfers/${transfer.id}/outcome${path}`, { method, ...(body !== undefined && { body }) });
      onChange();
      return said;
    });
  return (
    <section aria-label={t.title} data-testid="outcome">
      <p class="note">{t.lead(transfer.openLegBank)}</p>
      {proposal === undefined ? (
        <Report transfer={transfer} action={action} onReport={(body) => act("POST", "", body, t.proposed)} />
      ) : (
        <Reported
          proposal={proposal}
          action={action}
          onConfirm={() => act("POST", "/confirmation", { to: proposal.to, evidence: proposal.evidence }, t.confirmed)}
          onWithdraw={() => act("DELETE", "", undefined, t.withdrawn)}
        />
      )}
      {action.error !== undefined && <Problem error={action.error} />}
      <p class="note" role="status">
        {action.done}
      </p>
    </section>
  );
}

interface ReportBody {
  to: State;
  note: string;
  reason?: string;
  bankReference?: string;
}

interface ReportProps {
  transfer: SuspendedTransferResource;
  action: Action;
  onReport(body: ReportBody): Promise<void>;
}

function Report({ transfer, action, onReport }: ReportProps) {
  const t = text();
  const [to, setTo] = useState<State | undefined>(transfer.allowedOutcomes[0]);
  const [note, setNote] = useState("");
  const [reason, setReason] = useState("");
  const [bankReference, setBankReference] = useState("");
  const withReason = to !== undefined && needsReason(to);
  const isComplete = note.trim() !== "" && (!withReason || /^[A-Z0-9]{4}$/.test(reason));
  const report = (outcome: State) =>
    onReport({
      ...{ to: outcome, note: note.trim() },
      ...(withReason && { reason }),
      ...(bankReference.trim() !== "" && { bankReference: bankReference.trim() }),
    });
  return (
    <div class="row top">
      <div class="field">
        <label for={`outcome-${transfer.id}`}>{t.outcome.to}</label>
        <select id={`outcome-${transfer.id}`} value={to} onChange={(event) => setTo(event.currentTarget.value as State)}>
          {transfer.allowedOutcomes.map((state) => (
            <option key={state} value={state}>
              {t.states[state]}
            </option>
          ))}
        </select>
      </div>
      {withReason && (
        <Field
          label={t.suspended.reason}
          hint={t.outcome.reasonHint}
          value={reason}
          onInput={(typed) => setReason(typed.toUpperCase())}
        />
      )}
      <Field label={t.outcome.note} hint={t.outcome.noteHint} value={note} onInput={setNote} />
      <Field
        label={t.outcome.bankReference}
        hint={t.outcome.bankReferenceHint}
        value={bankReference}
        onInput={setBankReference}
      />
      <div class="field">
        <span class="label">&nbsp;</span>
        <button
          type="button"
          class="button primary"
          disabled={action.busy || to === undefined || !isComplete}
          onClick={() => to && void report(to)}
        >
          {t.outcome.propose}
        </button>
      </div>
    </div>
  );
}

interface ReportedProps {
  proposal: Proposed;
  action: Action;
  onConfirm(): Promise<void>;
  onWithdraw(): Promise<void>;
}

function Reported({ proposal: { to, reason, by, evidence, note, bankReference }, action, onConfirm, onWithdraw }: ReportedProps) {
  const t = text();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <div class="row">
        <span>
          {t.outcome.to}: <StateBadge state={to} /> {reason !== undefined && <span class="tag">{reason}</span>}
        </span>
        <span class="note" title={by}>
          {t.suspended.proposedBy(shortHash(by))}
        </span>
      </div>
      <p data-testid="outcome-note">{note ?? t.outcome.noStatement}</p>
      {bankReference !== undefined && (
        <p class="note">
          {t.outcome.bankReference}: <code>{bankReference}</code>
        </p>
      )}
      <Hash value={evidence} />
      {may("transfers:report-outcome") && (
        <div class="row">
          <button
            type="button"
            class="button primary"
            disabled={action.busy || note === undefined}
            onClick={() => setAsking(true)}
          >
            {t.outcome.confirm}
          </button>
          <button type="button" class="button" disabled={action.busy} onClick={() => void onWithdraw()}>
            {t.outcome.withdraw}
          </button>
          <span class="note">{t.outcome.second}</span>
        </div>
      )}
      {asking && (
        <Confirm
          question={t.outcome.confirmQuestion(t.states[to])}
          action={t.outcome.confirm}
          onAnswer={(yes) => {
            setAsking(false);
            if (yes) void onConfirm();
          }}
        />
      )}
    </>
  );
}

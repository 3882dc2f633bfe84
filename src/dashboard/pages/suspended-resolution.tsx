import { useState } from "preact/hooks";
import type { State } from "../../domain/transfer-state.js";
import { call } from "../api/client.js";
import type { SuspendedTransferResource } from "../api/types.js";
import { Confirm } from "../components/confirm.js";
import { Field } from "../components/field.js";
import { Problem, StateBadge } from "../components/parts.js";
import { type Action, useAction } from "../components/use-action.js";
import { shortHash } from "../i18n/format.js";
import { text } from "../i18n/text.js";
import { may } from "../session.js";

interface ResolutionProps {
  transfer: SuspendedTransferResource;
  onChange(): void;
}

/** What is proposed for a suspended transfer, and what an arbiter can do about it. */
export function Resolution({ transfer, onChange }: ResolutionProps) {
  const t = text().suspended;
  const action = useAction();
  const act = (method: "POST" | "DELETE", path: string, body: unknown, said: string) =>
    action.run(async () => {
      await call(`/v1/suspended-transfers/${transfer.id}/resolution${path}`, { method, ...(body !== undefined && { body }) });
      onChange();
      return said;
    });
  return (
    <>
      {transfer.proposal === undefined ? (
        <Propose
          transfer={transfer}
          action={action}
          onPropose={(to, reason) => act("POST", "", { to, ...(reason !== "" && { reason }) }, t.proposed)}
        />
      ) : (
        <Proposed
          proposal={transfer.proposal}
          action={action}
          onConfirm={(to) => act("POST", "/confirmation", { to }, t.confirmed)}
          onWithdraw={() => act("DELETE", "", undefined, t.withdrawn)}
        />
      )}
      {action.error !== undefined && <Problem error={action.error} />}
      <p class="note" role="status">
        {action.done}
      </p>
    </>
  );
}

interface ProposeProps {
  transfer: SuspendedTransferResource;
  action: Action;
  onPropose(to: State, reason: string): Promise<void>;
}

function Propose({ transfer, action, onPropose }: ProposeProps) {
  const t = text();
  const [to, setTo] = useState<State | undefined>(transfer.allowed[0]);
  const [reason, setReason] = useState("");
  const needsReason = to !== transfer.suspendedFrom;
  if (!may("transfers:resolve")) return <p class="note">{t.suspended.noProposal}</p>;
  return (
    <div class="row top">
      <div class="field">
        <label for={`to-${transfer.id}`}>{t.suspended.proposeTo}</label>
        <select id={`to-${transfer.id}`} value={to} onChange={(event) => setTo(event.currentTarget.value as State)}>
          {transfer.allowed.map((state) => (
            <option key={state} value={state}>
              {t.states[state]}
            </option>
          ))}
        </select>
      </div>
      {needsReason && (
        <Field
          label={t.suspended.reason}
          hint={t.suspended.reasonHint}
          value={reason}
          onInput={(typed) => setReason(typed.toUpperCase())}
        />
      )}
      <div class="field">
        <span class="label">&nbsp;</span>
        <button
          type="button"
          class="button primary"
          disabled={action.busy || to === undefined || (needsReason && !/^[A-Z0-9]{4}$/.test(reason))}
          onClick={() => to && void onPropose(to, needsReason ? reason : "")}
        >
          {t.suspended.propose}
        </button>
      </div>
    </div>
  );
}

interface ProposedProps {
  proposal: NonNullable<SuspendedTransferResource["proposal"]>;
  action: Action;
  onConfirm(to: State): Promise<void>;
  onWithdraw(): Promise<void>;
}

function Proposed({ proposal: { to, reason, by }, action, onConfirm, onWithdraw }: ProposedProps) {
  const t = text();
  const [asking, setAsking] = useState(false);
  return (
    <div class="row">
      <span>
        {t.suspended.proposal}: <StateBadge state={to} /> {reason !== undefined && <span class="tag">{reason}</span>}
      </span>
      <span class="note" title={by}>
        {t.suspended.proposedBy(shortHash(by))}
      </span>
      {may("transfers:resolve") && (
        <>
          <button type="button" class="button primary" disabled={action.busy} onClick={() => setAsking(true)}>
            {t.suspended.confirm}
          </button>
          <button type="button" class="button" disabled={action.busy} onClick={() => void onWithdraw()}>
            {t.suspended.withdraw}
          </button>
          <span class="note">{t.suspended.second}</span>
        </>
      )}
      {asking && (
        <Confirm
          question={t.suspended.confirmQuestion(t.states[to])}
          action={t.suspended.confirm}
          onAnswer={(yes) => {
            setAsking(false);
            if (yes) void onConfirm(to);
          }}
        />
      )}
    </div>
  );
}

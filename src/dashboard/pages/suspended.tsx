import { useEffect } from "preact/hooks";
import { call } from "../api/client.js";
import type { SuspendedList, SuspendedTransferResource } from "../api/types.js";
import { Card, Empty, Loading, PageHead, Problem, StateBadge, TransferLink } from "../components/parts.js";
import { useResource } from "../components/use-resource.js";
import { money, shortTime } from "../i18n/format.js";
import { text } from "../i18n/text.js";
import { onEvents } from "../live/live.js";
import { may } from "../session.js";
import { Outcome } from "./suspended-outcome.js";
import { Resolution } from "./suspended-resolution.js";

// What another arbiter proposes is no transfer's event: it is asked for.
const REFRESH_MS = 5_000;

/** What waits for people. `id`: one only. */
export function Suspended({ id }: { id: string | undefined }) {
  const t = text().suspended;
  const path = id === undefined ? "/v1/suspended-transfers" : `/v1/suspended-transfers/${encodeURIComponent(id)}`;
  const found = useResource(path, (signal) => load(path, id !== undefined, signal), { refreshMs: REFRESH_MS });
  const { reload } = found;
  useEffect(() => onEvents((events) => events.some(concernsSuspension) && reload()), [reload]);
  return (
    <>
      <PageHead title={t.title} lead={t.lead} />
      {!may("transfers:resolve", "transfers:report-outcome") && <p class="notice">{t.readOnly}</p>}
      {found.error !== undefined && <Problem error={found.error} retry={reload} />}
      {found.data === undefined ? (
        found.loading && <Loading />
      ) : found.data.length === 0 ? (
        <Card>
          <Empty title={t.none} hint={t.noneHint} />
        </Card>
      ) : (
        found.data.map((transfer) => <SuspendedTransfer key={transfer.id} transfer={transfer} onChange={reload} />)
      )}
    </>
  );
}

async function load(path: string, isOne: boolean, signal: AbortSignal): Promise<SuspendedTransferResource[]> {
  if (!isOne) return (await call<SuspendedList>(path, { signal })).suspendedTransfers;
  return [await call<SuspendedTransferResource>(path, { signal })];
}

function concernsSuspension({ state, type }: { state?: string; type: string }): boolean {
  return state === "SUSPENDED" || type.endsWith(".resolved");
}

function SuspendedTransfer({ transfer, onChange }: { transfer: SuspendedTransferResource; onChange(): void }) {
  const t = text();
  return (
    <Card>
      <div class="body form" data-testid="suspended" data-id={transfer.id}>
        <div class="row">
          <TransferLink id={transfer.id} />
          <strong>
            {money(transfer.amount.amount, transfer.amount.currency)} {transfer.amount.currency}
          </strong>
          <span>
            <code>{transfer.payer.bank}</code> → <code>{transfer.payee.bank}</code>
          </span>
          <span class="note">
            {t.suspended.from} {transfer.suspendedFrom && <StateBadge state={transfer.suspendedFrom} />}
          </span>
          {transfer.reason !== undefined && <span class="tag">{transfer.reason}</span>}
          {transfer.updatedAt !== undefined && <span class="note">{shortTime(transfer.updatedAt)}</span>}
        </div>
        <Resolution transfer={transfer} onChange={onChange} />
        <Outcome transfer={transfer} onChange={onChange} />
      </div>
    </Card>
  );
}

import { type PostingKind, postingReference } from "../../domain/posting.js";
import type { State } from "../../domain/transfer-state.js";
import type { TransferEvents, TransferResource } from "../api/types.js";
import { Badge, Hash } from "../components/parts.js";
import { text } from "../i18n/text.js";

/** How a leg stands by what the chain says: in which state it is open, and which states say that it was posted or refused. */
const LEGS: Record<PostingKind, { open: State; posted: State; refused?: State }> = {
  debit: { open: "STARTED", posted: "PENDING", refused: "REJECTED" },
  credit: { open: "PENDING", posted: "COMPLETED", refused: "REVERSING" },
  refund: { open: "REVERSING", posted: "REVERSED" },
};

/** The references by which the two banks know the postings of a transfer. */
export function BankReferences({ transfer, events }: { transfer: TransferResource; events: TransferEvents["events"] }) {
  const t = text();
  const current = transfer.suspendedFrom ?? transfer.state;
  const seen = new Set(events.map(({ state }) => state));
  return (
    <ul class="stack">
      {(Object.keys(LEGS) as PostingKind[]).map((kind) => {
        const { open, posted, refused } = LEGS[kind];
        const bank = kind === "credit" ? transfer.payee.bank : transfer.payer.bank;
        const isRefused = refused !== undefined && seen.has(refused);
        if (!seen.has(posted) && !isRefused && current !== open) return null;
        return (
          <li key={kind}>
            <div class="row">
              <strong>
                {t.legs[kind]}, {bank}
              </strong>
              {seen.has(posted) ? (
                <Badge tone="good">{t.transfer.referenceStates.posted}</Badge>
              ) : isRefused ? (
                <Badge tone="bad">{t.transfer.referenceStates.refused}</Badge>
              ) : (
                <Badge tone="open" open>
                  {t.transfer.referenceStates.open}
                </Badge>
              )}
            </div>
            <Hash value={postingReference(transfer.id, kind)} full />
          </li>
        );
      })}
    </ul>
  );
}

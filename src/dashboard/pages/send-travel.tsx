import { useEffect, useState } from "preact/hooks";
import { isFinal, type State } from "../../domain/transfer-state.js";
import { call } from "../api/client.js";
import type { TransferEvents, TransferResource } from "../api/types.js";
import { Card, Problem, StateBadge } from "../components/parts.js";
import { Timeline } from "../components/timeline.js";
import { useResource } from "../components/use-resource.js";
import { money } from "../i18n/format.js";
import { text } from "../i18n/text.js";
import { onEvents } from "../live/live.js";
import { href } from "../router.js";

/** A transfer on its way: each step as its event comes. */
export function Travel({ transfer }: { transfer: TransferResource }) {
  const t = text();
  const path = `/v1/transfers/${transfer.id}/events`;
  const known = useResource(path, (signal) => call<TransferEvents>(path, { signal }));
  const [refused, setRefused] = useState<State>();
  const { reload } = known;
  useEffect(
    () => onEvents((events) => events.some((event) => event.transfer === transfer.id) && reload()),
    [transfer.id, reload],
  );

  const events = known.data?.events ?? [];
  const state = refused ?? events.findLast((event) => event.state !== undefined)?.state ?? transfer.state;

  // A start that the contract refuses leaves no event: the journal alone tells of it.
  useEffect(() => {
    if (isFinal(state) || events.length > 0) return;
    const timer = setInterval(async () => {
      const read = await call<TransferResource>(`/v1/transfers/${transfer.id}`).catch(() => undefined);
      if (read?.state === "REJECTED") setRefused("REJECTED");
      else if (read !== undefined && read.state !== "NONE") reload();
    }, 2_000);
    return () => clearInterval(timer);
  }, [transfer.id, state, events.length, reload]);

  return (
    <Card class="half" title={`${money(transfer.amount.amount, transfer.amount.currency)} ${transfer.amount.currency}`}>
      <div class="body form" data-testid="travel" data-state={state}>
        <div class="row">
          <code>{transfer.payer.bank}</code> → <code>{transfer.payee.bank}</code>
          <span aria-live="polite">
            <StateBadge state={state} />
          </span>
          <a class="button" href={href(["transfers", transfer.id])}>
            {t.send.open}
          </a>
        </div>
        {known.error !== undefined && <Problem error={known.error} retry={reload} />}
        <Timeline events={events} acceptedAt={transfer.acceptedAt} />
      </div>
    </Card>
  );
}

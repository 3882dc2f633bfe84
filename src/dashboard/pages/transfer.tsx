import { useEffect } from "preact/hooks";
import { openLeg } from "../../domain/transfer-state.js";
import { call, callForAll } from "../api/client.js";
import type { RefusalList, TransferDeliveries, TransferEvents, TransferEvidence, TransferResource } from "../api/types.js";
import { Badge, Card, Empty, Hash, Loading, PageHead, Problem, StateBadge } from "../components/parts.js";
import { Timeline } from "../components/timeline.js";
import { useResource } from "../components/use-resource.js";
import { dateTime, duration, money, shortTime } from "../i18n/format.js";
import { text } from "../i18n/text.js";
import { onEvents } from "../live/live.js";
import { href } from "../router.js";
import { may } from "../session.js";
import { BankEvidence, Statements } from "./transfer-evidence.js";
import { Receipt } from "./transfer-receipt.js";
import { BankReferences } from "./transfer-references.js";
import { Refusals } from "./transfer-refusals.js";

/** What there is to know of a transfer, as it happens. */
interface Known {
  transfer: TransferResource;
  events: TransferEvents["events"];
  refusals: RefusalList["refusals"];
  deliveries: TransferDeliveries["deliveries"] | undefined;
  evidence: TransferEvidence["evidence"];
  statements: TransferEvidence["statements"];
}

// Deliveries are no events: what waits for its next try is asked for anew while somebody looks.
const OPEN_REFRESH_MS = 5_000;

export function TransferPage({ id }: { id: string }) {
  const t = text();
  const known = useTransfer(id);
  if (known.data === undefined) {
    return (
      <>
        <PageHead title={t.transfer.title} />
        {known.error === undefined ? <Loading /> : <Problem error={known.error} retry={known.reload} />}
      </>
    );
  }
  const { transfer, events } = known.data;
  return (
    <>
      <PageHead title={`${money(transfer.amount.amount, transfer.amount.currency)} ${transfer.amount.currency}`}>
        {transfer.state === "COMPLETED" && <Receipt id={id} />}
        <StateBadge state={transfer.state} />
      </PageHead>
      {transfer.state === "SUSPENDED" && may("transfers:resolve", "transfers:report-outcome", "transfers:read-any") && (
        <p class="notice warn">
          <span class="detail">{t.transfer.isSuspended}</span>
          <a class="button" href={href(["suspended", id])}>
            {t.transfer.resolve}
          </a>
        </p>
      )}
      {known.error !== undefined && <Problem error={known.error} retry={known.reload} />}
      <div class="columns">
        <Card class="two-thirds" title={t.transfer.timeline}>
          <div class="body">
            {events.length === 0 ? (
              <Empty title={t.transfer.notYet} />
            ) : (
              <Timeline events={events} acceptedAt={transfer.acceptedAt} />
            )}
          </div>
        </Card>
        <Sidelights {...known.data} />
      </div>
    </>
  );
}

/** What stands beside the timeline. */
function Sidelights({ transfer, events, refusals, deliveries, evidence, statements }: Known) {
  const t = text();
  return (
    <div class="third stack">
      <Card title={t.transfer.waitsFor}>
        <p class="body" data-testid="waits-for">
          {waitsFor(transfer)}
        </p>
      </Card>
      <Card title={t.transfer.facts}>
        <div class="body">
          <Facts transfer={transfer} endedAt={events.findLast(({ state }) => state !== undefined)?.observedAt} />
        </div>
      </Card>
      <Card title={t.transfer.references} note={t.transfer.referencesNote}>
        <div class="body">
          <BankReferences transfer={transfer} events={events} />
        </div>
      </Card>
      {evidence.length > 0 && (
        <Card title={t.transfer.shown} note={t.transfer.shownNote}>
          <BankEvidence evidence={evidence} />
        </Card>
      )}
      {statements.length > 0 && (
        <Card title={t.transfer.stated} note={t.transfer.statedNote}>
          <Statements statements={statements} />
        </Card>
      )}
      {refusals.length > 0 && (
        <Card title={t.transfer.refusals} note={t.transfer.refusalsNote}>
          <Refusals refusals={refusals} />
        </Card>
      )}
      {deliveries !== undefined && (
        <Card title={t.transfer.deliveries} note={t.transfer.deliveriesNote}>
          <Deliveries deliveries={deliveries} />
        </Card>
      )}
    </div>
  );
}

function useTransfer(id: string) {
  const path = `/v1/transfers/${encodeURIComponent(id)}`;
  const withDeliveries = may("functions:read", "functions:write");
  const withEvidence = may("transfers:read-any");
  const known = useResource(path, async (signal): Promise<Known> => {
    const [transfer, events, { refusals }, deliveries, shown] = await Promise.all([
      call<TransferResource>(path, { signal }),
      callForAll(`${path}/events`, "after", (page: TransferEvents) => page.events, { signal }),
      call<RefusalList>(`${path}/refusals`, { signal }),
      withDeliveries
        ? callForAll(`${path}/deliveries`, "cursor", (page: TransferDeliveries) => page.deliveries, { signal })
        : undefined,
      withEvidence ? call<TransferEvidence>(`${path}/evidence`, { signal }) : undefined,
    ]);
    return { transfer, events, refusals, deliveries, evidence: shown?.evidence ?? [], statements: shown?.statements ?? [] };
  });
  const { reload } = known;
  const isFinal = known.data !== undefined && (known.data.transfer.final || known.data.transfer.earlierChain !== undefined);
  useEffect(() => onEvents((events) => events.some(({ transfer }) => transfer === id) && reload()), [id, reload]);
  useEffect(() => {
    if (isFinal) return;
    const timer = setInterval(reload, OPEN_REFRESH_MS);
    return () => clearInterval(timer);
  }, [isFinal, reload]);
  return known;
}

function waitsFor({ state, suspendedFrom, payer, payee, earlierChain }: TransferResource): string {
  const t = text().transfer;
  if (earlierChain !== undefined) return t.earlierChain[earlierChain.outcome];
  const bankOf = (open: TransferResource["state"]) => (openLeg(open) === "PAYEE" ? payee.bank : payer.bank);
  switch (state) {
    case "NONE":
      return t.waits.NONE;
    case "STARTED":
    case "PENDING":
    case "REVERSING":
      return t.waits[state](bankOf(state));
    case "SUSPENDED": {
      const from = suspendedFrom ?? "STARTED";
      return t.waits.SUSPENDED(bankOf(from), text().states[from]);
    }
    default:
      return t.finalNothing;
  }
}

/** @param endedAt When this system saw the newest state; a block's own time is whole seconds. */
function Facts({ transfer, endedAt }: { transfer: TransferResource; endedAt: string | undefined }) {
  const t = text().transfer;
  const { acceptedAt, startedAt, final } = transfer;
  return (
    <dl class="facts">
      <dt>{t.id}</dt>
      <dd>
        <Hash value={transfer.id} />
      </dd>
      <dt>{t.payer}</dt>
      <dd>{transfer.payer.bank}</dd>
      <dt>{t.payee}</dt>
      <dd>{transfer.payee.bank}</dd>
      {transfer.reason !== undefined && (
        <>
          <dt>{t.reason}</dt>
          <dd>{transfer.reason}</dd>
        </>
      )}
      {transfer.cause !== undefined && (
        <>
          <dt>{t.cause}</dt>
          <dd>{transfer.cause}</dd>
        </>
      )}
      {acceptedAt !== undefined && (
        <>
          <dt title={t.serviceClock}>{t.accepted}</dt>
          <dd>{dateTime(acceptedAt)}</dd>
        </>
      )}
      {startedAt !== undefined && (
        <>
          <dt title={t.chainClock}>{t.started}</dt>
          <dd>{dateTime(startedAt)}</dd>
        </>
      )}
      {final && acceptedAt !== undefined && endedAt !== undefined && (
        <>
          <dt>{t.took}</dt>
          <dd>{duration(Date.parse(endedAt) - Date.parse(acceptedAt))}</dd>
        </>
      )}
      <dt title={t.chainClock}>{t.deadline}</dt>
      <dd>{dateTime(transfer.deadline)}</dd>
    </dl>
  );
}

function Deliveries({ deliveries }: { deliveries: TransferDeliveries["deliveries"] }) {
  const t = text();
  if (deliveries.length === 0) return <p class="body note">{t.transfer.noDeliveries}</p>;
  return (
    <ul class="body stack">
      {deliveries.map((one) => (
        <li key={`${one.function}${one.sequence}`}>
          <div class="row">
            <a href={href(["functions", one.function])}>{one.function}</a>
            <Badge tone={one.status === "dead" ? "bad" : "warn"}>
              {one.status === "dead" ? t.functions.dead : t.functions.waiting}, {t.transfer.attempts(one.attempts)}
            </Badge>
          </div>
          {one.nextAttemptAt !== undefined && (
            <p class="note">
              {t.transfer.nextAttempt} {shortTime(one.nextAttemptAt)}
            </p>
          )}
          {one.lastError !== undefined && <code>{one.lastError}</code>}
        </li>
      ))}
    </ul>
  );
}

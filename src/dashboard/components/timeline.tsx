import type { TransferEvents } from "../api/types.js";
import { count, dateTime, duration } from "../i18n/format.js";
import { text } from "../i18n/text.js";
import { Hash, StateBadge, toneOf } from "./parts.js";

type Event = TransferEvents["events"][number];

/** What happened to a transfer, in the order of the chain, with what proves it. */
export function Timeline({ events, acceptedAt }: { events: readonly Event[]; acceptedAt: string | undefined }) {
  const t = text().transfer;
  return (
    <ol class="timeline" data-testid="timeline">
      {acceptedAt !== undefined && (
        <li class="tone-muted">
          <div class="row">
            <StateBadge state="NONE" />
            <time dateTime={acceptedAt} class="note" title={t.serviceClock}>
              {dateTime(acceptedAt)}
            </time>
          </div>
        </li>
      )}
      {events.map((event, index) => (
        <li key={event.sequence} class={`tone-${event.state === undefined ? "muted" : toneOf(event.state)}`}>
          <div class="row">
            {event.state === undefined ? <span>{event.type}</span> : <StateBadge state={event.state} />}
            <time dateTime={event.time} class="note" title={t.chainClock}>
              {dateTime(event.time)}
            </time>
            <span class="tag">+{duration(sincePrevious(event, events[index - 1]?.observedAt ?? acceptedAt))}</span>
            {event.reason !== undefined && (
              <span class="tag">
                {t.reason} {event.reason}
              </span>
            )}
          </div>
          <dl class="facts">
            <dt>{t.sequence}</dt>
            <dd>{count(Number(event.sequence))}</dd>
            <dt>{t.block}</dt>
            <dd>
              {count(Number(event.blockNumber))} <Hash value={event.blockHash} />
            </dd>
            <dt>{t.transaction}</dt>
            <dd>
              <Hash value={event.transactionHash} />
            </dd>
            {event.evidence !== undefined && (
              <>
                <dt title={t.evidenceMeaning}>{t.evidence}</dt>
                <dd>
                  <Hash value={event.evidence} />
                </dd>
              </>
            )}
          </dl>
        </li>
      ))}
    </ol>
  );
}

/** As this system saw it: block times have whole seconds only. */
function sincePrevious(event: Event, previous: string | undefined): number {
  return previous === undefined ? 0 : Math.max(0, Date.parse(event.observedAt) - Date.parse(previous));
}

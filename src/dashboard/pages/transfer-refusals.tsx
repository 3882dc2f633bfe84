import type { RefusalList } from "../api/types.js";
import { Hash, StateBadge } from "../components/parts.js";
import { count, dateTime } from "../i18n/format.js";
import { text } from "../i18n/text.js";

/** Reports about a transfer that the contract refused. */
export function Refusals({ refusals }: { refusals: RefusalList["refusals"] }) {
  const t = text().transfer;
  return (
    <ul class="body stack" data-testid="refusals">
      {refusals.map((one) => (
        <li key={one.sequence}>
          <div class="row">
            <StateBadge state={one.current} />→<StateBadge state={one.to} />
            <code>{one.cause}</code>
          </div>
          <p class="note">
            <time dateTime={one.time} title={t.chainClock}>
              {dateTime(one.time)}
            </time>
            , {t.block} {count(Number(one.blockNumber))} <Hash value={one.transactionHash} />
          </p>
        </li>
      ))}
    </ul>
  );
}

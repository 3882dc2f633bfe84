import { Empty, StateBadge, TransferLink } from "../components/parts.js";
import { TableFrame } from "../components/table-frame.js";
import { count, shortTime } from "../i18n/format.js";
import { text } from "../i18n/text.js";
import { recent } from "../live/live.js";

const SHOWN = 12;

/** What has happened since the page was opened, the newest first. */
export function RecentEvents() {
  const t = text();
  const events = recent.value.slice(0, SHOWN);
  if (events.length === 0) return <Empty title={t.overview.nothingYet} hint={t.overview.nothingYetHint} />;
  return (
    <TableFrame>
      <table>
        <thead>
          <tr>
            <th class="number">{t.transfer.sequence}</th>
            <th>{t.common.time}</th>
            <th>{t.transfers.id}</th>
            <th>{t.common.state}</th>
            <th>{t.transfer.payer}</th>
            <th>{t.transfer.payee}</th>
            <th class="number">{t.transfer.block}</th>
          </tr>
        </thead>
        <tbody>
          {events.map((event) => (
            <tr key={event.id}>
              <td class="number">{count(Number(event.sequence))}</td>
              <td class="tight">{shortTime(event.time)}</td>
              <td class="tight">
                <TransferLink id={event.transfer} />
              </td>
              <td>{event.state === undefined ? event.type.split(".").at(-1) : <StateBadge state={event.state} />}</td>
              <td>{event.payer?.bank}</td>
              <td>{event.payee?.bank}</td>
              <td class="number">{count(Number(event.blockNumber))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableFrame>
  );
}

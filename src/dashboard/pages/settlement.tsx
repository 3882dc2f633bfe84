import type { PositionsResource } from "../../api/settlement/routes.js";
import { call, withQuery } from "../api/client.js";
import { chosenDay, DayChoice } from "../components/day-choice.js";
import { DownloadCsv } from "../components/download.js";
import { Card, Empty, Loading, PageHead, Problem } from "../components/parts.js";
import { TableFrame } from "../components/table-frame.js";
import { useResource } from "../components/use-resource.js";
import { count, money } from "../i18n/format.js";
import { text } from "../i18n/text.js";
import { netBilaterally, netByBank } from "../live/positions.js";

const REFRESH_MS = 15_000;

/** What banks owe each other from a day's completed transfers: gross, between each two, and each against all. */
export function Settlement() {
  const t = text().settlement;
  const day = chosenDay();
  const path = withQuery("/v1/positions", { day });
  const found = useResource(path, (signal) => call<PositionsResource>(path, { signal }), { refreshMs: REFRESH_MS });
  const positions = found.data?.positions ?? [];
  return (
    <>
      <PageHead title={t.title} lead={t.lead}>
        <DayChoice />
        <DownloadCsv
          name={`positions-${day}.csv`}
          header={["day", "payer_bank", "payee_bank", "currency", "amount", "transfers"]}
          rows={positions.map(({ payer, payee, amount, transfers }) => [
            ...[day, payer.bank, payee.bank, amount.currency, amount.amount],
            transfers,
          ])}
        />
      </PageHead>
      {found.error !== undefined && <Problem error={found.error} retry={found.reload} />}
      {found.data === undefined ? (
        found.loading && <Loading />
      ) : positions.length === 0 ? (
        <Card>
          <Empty title={t.none} hint={t.noneHint} />
        </Card>
      ) : (
        <Positions positions={positions} />
      )}
    </>
  );
}

function Positions({ positions }: Pick<PositionsResource, "positions">) {
  const t = text().settlement;
  return (
    <div class="columns">
      <Card class="two-thirds" title={t.positions}>
        <TableFrame>
          <table>
            <thead>
              <tr>
                <th>{t.payer}</th>
                <th>{t.payee}</th>
                <th class="number">{t.transfers}</th>
                <th class="number">{t.gross}</th>
              </tr>
            </thead>
            <tbody>
              {positions.map(({ payer, payee, amount, transfers }) => (
                <tr key={`${payer.bank}${payee.bank}${amount.currency}`}>
                  <td>{payer.bank}</td>
                  <td>{payee.bank}</td>
                  <td class="number">{count(transfers)}</td>
                  <td class="number">
                    {money(amount.amount, amount.currency)} {amount.currency}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableFrame>
      </Card>
      <div class="third stack">
        <Card title={t.bilateral}>
          <TableFrame>
            <table>
              <tbody>
                {netBilaterally(positions).map(({ debtor, creditor, currency, amountMinor }) => (
                  <tr key={`${debtor}${creditor}${currency}`}>
                    <td>{amountMinor === 0n ? `${debtor} · ${creditor}: ${text().overview.even}` : t.pays(debtor, creditor)}</td>
                    <td class="number">
                      {money(amountMinor, currency)} {currency}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </TableFrame>
        </Card>
        <Card title={t.net} note={t.netNote}>
          <TableFrame>
            <table>
              <tbody>
                {netByBank(positions).map(({ bank, currency, amountMinor }) => (
                  <tr key={`${bank}${currency}`}>
                    <td>{bank}</td>
                    <td class="number">
                      {amountMinor > 0n && "+"}
                      {money(amountMinor, currency)} {currency}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </TableFrame>
        </Card>
      </div>
    </div>
  );
}

import type { PositionsResource } from "../../api/settlement/routes.js";
import { Empty, Loading, Problem } from "../components/parts.js";
import type { Resource } from "../components/use-resource.js";
import { count, money } from "../i18n/format.js";
import { text } from "../i18n/text.js";
import { type NetPosition, netBilaterally } from "../live/positions.js";

export type Positions = PositionsResource;

/** Who owes whom: each pair of banks with an arrow from the one that owes, as wide as its part of the largest debt. */
export function NetPositions({ resource }: { resource: Resource<Positions> }) {
  const t = text();
  if (resource.data === undefined) {
    return resource.error === undefined ? <Loading /> : <Problem error={resource.error} retry={resource.reload} />;
  }
  const nets = netBilaterally(resource.data.positions);
  if (nets.length === 0) return <Empty title={t.overview.noPositions} hint={t.overview.nothingYetHint} />;
  const largest = (currency: string) =>
    nets.reduce((most, net) => (net.currency === currency && net.amountMinor > most ? net.amountMinor : most), 0n);
  return (
    <ul class="positions">
      {nets.map((net) => (
        <Net key={`${net.debtor}${net.creditor}${net.currency}`} net={net} largest={largest(net.currency)} />
      ))}
    </ul>
  );
}

const ARROW_MIN = 1.5;
const ARROW_MAX = 9;

function Net({ net: { debtor, creditor, currency, amountMinor, transfers }, largest }: { net: NetPosition; largest: bigint }) {
  const t = text();
  const share = largest === 0n ? 0 : Number((amountMinor * 1_000n) / largest) / 1_000;
  const isEven = amountMinor === 0n;
  return (
    <li>
      <span class="visually-hidden">{isEven ? t.overview.even : t.overview.owes(debtor, creditor)}:</span>
      <code>{debtor}</code>
      <span class="owed">
        <strong>{isEven ? t.overview.even : `${money(amountMinor, currency)} ${currency}`}</strong>
        <svg viewBox="0 0 120 14" preserveAspectRatio="none" aria-hidden="true">
          <path d="M0 7H112" class="way" stroke-width={isEven ? 1 : ARROW_MIN + share * (ARROW_MAX - ARROW_MIN)} />
          {!isEven && <path d="M108 0 120 7 108 14z" class="tip" />}
        </svg>
        <span class="note">
          {count(transfers)} {t.settlement.transfers.toLowerCase()}
        </span>
      </span>
      <code>{creditor}</code>
    </li>
  );
}

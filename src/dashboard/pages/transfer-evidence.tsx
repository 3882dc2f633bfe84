import type { TransferEvidence } from "../api/types.js";
import { Badge, Hash } from "../components/parts.js";
import { dateTime } from "../i18n/format.js";
import { text } from "../i18n/text.js";

/** What banks without an API have shown: the hash that the chain has, and a picture of the bank's page, its account numbers covered. */
export function BankEvidence({ evidence }: { evidence: TransferEvidence["evidence"] }) {
  const t = text();
  return (
    <ul class="body stack">
      {evidence.map(({ bank, leg, status, hash, picture }) => (
        <li key={hash}>
          <div class="row">
            <strong>
              {t.legs[leg]}, {bank}
            </strong>
            <Badge tone={status === "posted" ? "good" : "bad"}>{t.transfer.referenceStates[status]}</Badge>
          </div>
          <Hash value={hash} full />
          {picture !== undefined && (
            <a href={picture.link} target="_blank" rel="noreferrer">
              <img class="evidence" src={picture.link} alt={t.transfer.picture(bank)} />
            </a>
          )}
        </li>
      ))}
    </ul>
  );
}

/** The statements of people of a bank who reported an outcome, as they were hashed. */
export function Statements({ statements }: { statements: TransferEvidence["statements"] }) {
  return (
    <ul class="body stack">
      {statements.map(({ content, hash, proposer, at }) => (
        <li key={hash}>
          <div class="row">
            <strong>{proposer}</strong>
            <span class="note">{dateTime(at)}</span>
          </div>
          <code>{content}</code>
          <Hash value={hash} full />
        </li>
      ))}
    </ul>
  );
}

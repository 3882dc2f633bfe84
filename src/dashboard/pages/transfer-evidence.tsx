import type { TransferEvidence } from "../api/types.js";
import { Badge, Hash } from "../components/parts.js";
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

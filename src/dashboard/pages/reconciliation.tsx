import type { ReconciliationsResource } from "../../api/settlement/reconciliation-routes.js";
import { call, withQuery } from "../api/client.js";
import { chosenDay, DayChoice } from "../components/day-choice.js";
import { DownloadCsv } from "../components/download.js";
import { Badge, Card, Empty, Loading, PageHead, Problem } from "../components/parts.js";
import { TableFrame } from "../components/table-frame.js";
import { useResource } from "../components/use-resource.js";
import { count, dateTime, money } from "../i18n/format.js";
import { text } from "../i18n/text.js";
import { href } from "../router.js";

type Report = ReconciliationsResource["reconciliations"][number];

const REFRESH_MS = 30_000;
const DIFFERENCES = ["missing", "doubled", "amount", "unexplained"];

/** Chain against bank, by bank, of a day. */
export function Reconciliation() {
  const t = text().reconciliation;
  const day = chosenDay();
  const path = withQuery("/v1/reconciliations", { day });
  const found = useResource(path, (signal) => call<ReconciliationsResource>(path, { signal }), { refreshMs: REFRESH_MS });
  const reports = found.data?.reconciliations ?? [];
  return (
    <>
      <PageHead title={t.title} lead={t.lead}>
        <DayChoice />
        <DownloadCsv
          name={`reconciliation-${day}.csv`}
          header={["day", "bank", "verdict", "reference", "currency", "chain_amount", "bank_amount", "postings"]}
          rows={reports.flatMap((report) => csvRows(day, report))}
        />
      </PageHead>
      {found.error !== undefined && <Problem error={found.error} retry={found.reload} />}
      {found.data === undefined ? (
        found.loading && <Loading />
      ) : reports.length === 0 ? (
        <Card>
          <Empty title={t.none} hint={t.noneHint} />
        </Card>
      ) : (
        reports.map((report) => <BankReport key={report.bank} report={report} />)
      )}
    </>
  );
}

/** What agrees is counted, every difference is a row of its own: as `npm run reconcile` writes it. */
function csvRows(day: string, { bank, counts, differences }: Report) {
  return [
    ...["agreed", "underway"].map((verdict) => [day, bank, verdict, "", "", "", "", counts[verdict] ?? 0]),
    ...differences.map(({ verdict, reference, currency, chainAmount = "", bankAmount = "", postings }) => [
      ...[day, bank, verdict, { text: reference }],
      ...[currency, chainAmount, bankAmount, postings],
    ]),
  ];
}

function BankReport({ report: { bank, comparedAt, counts, differences } }: { report: Report }) {
  const t = text().reconciliation;
  const differing = DIFFERENCES.reduce((sum, verdict) => sum + (counts[verdict] ?? 0), 0);
  return (
    <section class="card" data-testid="reconciliation" data-bank={bank}>
      <header>
        <h2>{bank}</h2>
        <span class="note">{t.comparedAt(dateTime(comparedAt))}</span>
        <Badge tone={differing === 0 ? "good" : "bad"}>{differing === 0 ? t.states.equal : t.states.differs}</Badge>
      </header>
      <div class="body row">
        <span>
          {t.agreed}: <strong>{count(counts.agreed ?? 0)}</strong>
        </span>
        <span>
          {t.underway}: <strong>{count(counts.underway ?? 0)}</strong>
        </span>
        <span>
          {t.differences}: <strong>{count(differing)}</strong>
        </span>
      </div>
      {differing > 0 && <Differences differences={differences} unlisted={differing - differences.length} />}
    </section>
  );
}

function Differences({ differences, unlisted }: { differences: Report["differences"]; unlisted: number }) {
  const t = text().reconciliation;
  const amount = (minor: string | undefined, currency: string) => minor && `${money(minor, currency)} ${currency}`;
  return (
    <>
      <TableFrame>
        <table>
          <thead>
            <tr>
              <th>{t.verdict}</th>
              <th>{t.reference}</th>
              <th class="number">{t.chain}</th>
              <th class="number">{t.bankSays}</th>
              <th class="number">{t.postings}</th>
            </tr>
          </thead>
          <tbody>
            {differences.map((one) => (
              <tr key={one.reference}>
                <td class="tight">
                  <Badge tone="bad">{t.verdicts[one.verdict]}</Badge>
                </td>
                <td>
                  <Reference reference={one.reference} />
                </td>
                <td class="number">{amount(one.chainAmount, one.currency)}</td>
                <td class="number">{amount(one.bankAmount, one.currency)}</td>
                <td class="number">{count(one.postings)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableFrame>
      {unlisted > 0 && <p class="body note">{t.unsaid(unlisted)}</p>}
    </>
  );
}

/** Where it is one of ours, it leads to its transfer. */
function Reference({ reference }: { reference: string }) {
  const [id = ""] = reference.split(":");
  if (!/^0x[0-9a-f]{64}$/.test(id)) return <code class="breakable">{reference}</code>;
  return (
    <a href={href(["transfers", id])}>
      <code class="breakable">{reference}</code>
    </a>
  );
}

import { useEffect, useRef, useState } from "preact/hooks";
import { STATES, type State } from "../../domain/transfer-state.js";
import { call, callForAll, withQuery } from "../api/client.js";
import type { BankList, TransferList, TransferResource } from "../api/types.js";
import { useKeys } from "../components/keys.js";
import { Card, Empty, Loading, PageHead, Problem, StateBadge, TransferLink } from "../components/parts.js";
import { TableFrame } from "../components/table-frame.js";
import { useResource } from "../components/use-resource.js";
import { money, shortTime } from "../i18n/format.js";
import { text } from "../i18n/text.js";
import { onEvents } from "../live/live.js";
import { href, navigate, replaceQuery, route } from "../router.js";

const PAGE_LIMIT = "50";
const PREFIX_PATTERN = /^0x[0-9a-f]{4,64}$/;

/** All transfers that the caller may see, by state, bank and id, newest first. */
export function Transfers() {
  const t = text();
  const query = Object.fromEntries(route.value.query);
  const path = withQuery("/v1/transfers", { ...query, limit: PAGE_LIMIT });
  const page = useResource(path, (signal) => call<TransferList>(path, { signal }));
  const [changed, setChanged] = useState<ReadonlyMap<string, State>>(new Map());

  // What is shown follows the events; what would come in from above waits until somebody asks for it.
  useEffect(() => {
    setChanged(new Map());
    return onEvents((events) =>
      setChanged(
        (before) => new Map([...before, ...events.flatMap(({ transfer, state }) => (state ? [[transfer, state] as const] : []))]),
      ),
    );
  }, [page.data]);
  const rows = (page.data?.transfers ?? []).map((row) => ({ ...row, state: changed.get(row.id) ?? row.state }));
  const fresh = [...changed.keys()].filter((id) => !rows.some((row) => row.id === id)).length;

  return (
    <>
      <PageHead title={t.transfers.title}>
        {fresh > 0 && (
          <button
            type="button"
            class="button"
            onClick={query.cursor === undefined ? page.reload : () => replaceQuery({ ...query, cursor: undefined })}
          >
            {t.transfers.newer(fresh)}
          </button>
        )}
      </PageHead>
      <Filters query={query} />
      {page.error !== undefined && <Problem error={page.error} retry={page.reload} />}
      <Card>
        {page.data === undefined ? (
          page.loading && <Loading />
        ) : rows.length === 0 ? (
          <Empty title={t.transfers.none} hint={t.transfers.noneHint} />
        ) : (
          <Rows rows={rows} />
        )}
      </Card>
      <div class="row end">
        {query.cursor !== undefined && (
          <a class="button" href={href(["transfers"], { ...query, cursor: undefined })}>
            {t.transfers.previous}
          </a>
        )}
        {page.data?.next !== undefined && (
          <a class="button" href={href(["transfers"], { ...query, cursor: page.data.next })}>
            {t.transfers.next}
          </a>
        )}
      </div>
    </>
  );
}

function Filters({ query }: { query: Record<string, string> }) {
  const t = text();
  const search = useRef<HTMLInputElement>(null);
  const [wrong, setWrong] = useState(false);
  const banks = useResource("banks", (signal) =>
    callForAll<BankList, BankList["banks"][number]>("/v1/banks", "cursor", (page) => page.banks, { signal }),
  );
  useKeys({ "/": () => search.current?.focus() });

  const change = (name: string, value: string) => replaceQuery({ ...query, cursor: undefined, [name]: value });
  function find(typed: string): void {
    const id = typed.trim().toLowerCase();
    const isPrefix = PREFIX_PATTERN.test(id);
    setWrong(id !== "" && !isPrefix);
    if (id.length === 66 && isPrefix) navigate(href(["transfers", id]));
    else if (id === "" || isPrefix) change("id", id);
  }

  return (
    <search>
      <form
        class="filters"
        onSubmit={(event) => {
          event.preventDefault();
          find(search.current?.value ?? "");
        }}
      >
        <div class="field grow">
          <label for="search">{t.transfers.search}</label>
          <input
            id="search"
            ref={search}
            type="search"
            spellcheck={false}
            autoComplete="off"
            placeholder="0x…"
            defaultValue={query.id ?? ""}
            onChange={(event) => find(event.currentTarget.value)}
            aria-invalid={wrong}
            aria-describedby="search-hint"
          />
          <span id="search-hint" class={wrong ? "wrong" : "hint"}>
            {wrong ? t.transfers.searchWrong : t.transfers.searchHint}
          </span>
        </div>
        <div class="field">
          <label for="state">{t.common.state}</label>
          <select id="state" value={query.state ?? ""} onChange={(event) => change("state", event.currentTarget.value)}>
            <option value="">{t.common.all}</option>
            {STATES.map((state) => (
              <option key={state} value={state}>
                {t.states[state]}
              </option>
            ))}
          </select>
          <span class="hint">&nbsp;</span>
        </div>
        <div class="field">
          <label for="bank">{t.common.bank}</label>
          <select id="bank" value={query.bank ?? ""} onChange={(event) => change("bank", event.currentTarget.value)}>
            <option value="">{t.common.all}</option>
            {banks.data?.map(({ bank }) => (
              <option key={bank} value={bank}>
                {bank}
              </option>
            ))}
          </select>
          <span class="hint">&nbsp;</span>
        </div>
      </form>
    </search>
  );
}

function Rows({ rows }: { rows: readonly TransferResource[] }) {
  const t = text().transfers;
  const [selected, setSelected] = useState<string>();
  const body = useRef<HTMLTableSectionElement>(null);

  function move(by: number): void {
    const at = rows.findIndex(({ id }) => id === selected);
    const next = rows[Math.min(rows.length - 1, Math.max(0, at === -1 ? 0 : at + by))];
    setSelected(next?.id);
    const row = next && body.current?.rows[rows.indexOf(next)];
    row?.scrollIntoView({ block: "nearest" });
  }
  const open = (id: string | undefined) => id !== undefined && navigate(href(["transfers", id]));
  useKeys({ j: () => move(1), k: () => move(-1), Enter: () => open(selected) });

  return (
    <TableFrame>
      <table>
        <thead>
          <tr>
            <th>{t.id}</th>
            <th>{text().common.state}</th>
            <th>{t.from}</th>
            <th>{t.to}</th>
            <th class="number">{text().common.amount}</th>
            <th>{t.accepted}</th>
            <th>{t.updated}</th>
          </tr>
        </thead>
        <tbody ref={body}>
          {rows.map((row) => (
            <tr key={row.id} class="clickable" aria-selected={row.id === selected} onClick={() => open(row.id)} data-id={row.id}>
              <td class="tight">
                <TransferLink id={row.id} />
              </td>
              <td>
                <StateBadge state={row.state} />
                {row.earlierChain !== undefined && <span class="hint"> {text().transfer.earlierChain.badge}</span>}
              </td>
              <td>{row.payer.bank}</td>
              <td>{row.payee.bank}</td>
              <td class="number">
                {money(row.amount.amount, row.amount.currency)} {row.amount.currency}
              </td>
              <td class="tight" title={row.acceptedAt === undefined ? text().transfer.chainClock : text().transfer.serviceClock}>
                {shortTime(row.acceptedAt ?? row.startedAt ?? row.deadline)}
              </td>
              <td class="tight">{row.updatedAt && shortTime(row.updatedAt)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableFrame>
  );
}

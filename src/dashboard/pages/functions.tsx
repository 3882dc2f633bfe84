import { callForAll } from "../api/client.js";
import type { FunctionList, FunctionResource } from "../api/types.js";
import { Card, Empty, Loading, PageHead, Problem } from "../components/parts.js";
import { TableFrame } from "../components/table-frame.js";
import { useResource } from "../components/use-resource.js";
import { count, duration } from "../i18n/format.js";
import { text } from "../i18n/text.js";
import { href } from "../router.js";
import { may } from "../session.js";
import { Health } from "./overview-functions.js";

const REFRESH_MS = 5_000;

/** Who is woken by which events, and how each does. */
export function Functions() {
  const t = text().functions;
  const list = useResource("functions", readFunctions, { refreshMs: REFRESH_MS });
  return (
    <>
      <PageHead title={t.title} lead={t.lead}>
        {may("functions:write") && (
          <a class="button primary" href={href(["register-function"])}>
            {t.register}
          </a>
        )}
      </PageHead>
      {list.error !== undefined && <Problem error={list.error} retry={list.reload} />}
      <Card>
        {list.data === undefined ? (
          list.loading && <Loading />
        ) : list.data.length === 0 ? (
          <Empty title={t.none} hint={t.noneHint} />
        ) : (
          <Table functions={list.data} />
        )}
      </Card>
    </>
  );
}

async function readFunctions(signal: AbortSignal): Promise<FunctionResource[]> {
  return await callForAll("/v1/functions", "cursor", (page: FunctionList) => page.functions, { signal });
}

function Table({ functions }: { functions: readonly FunctionResource[] }) {
  const t = text().functions;
  return (
    <TableFrame>
      <table>
        <thead>
          <tr>
            <th>{t.name}</th>
            <th>{t.health}</th>
            <th>{t.owner}</th>
            <th>{t.wakes}</th>
            <th class="number">{t.behind}</th>
            <th class="number">{t.waiting}</th>
            <th class="number">{t.dead}</th>
            <th class="number">{t.p95}</th>
            <th class="number">{t.failed}</th>
          </tr>
        </thead>
        <tbody>
          {functions.map((fn) => (
            <tr key={fn.name}>
              <td class="tight">
                <a href={href(["functions", fn.name])}>{fn.name}</a>
              </td>
              <td class="tight">
                <Health disabled={!fn.enabled} dead={fn.dead} waiting={fn.waiting} behind={fn.behind} />
              </td>
              <td>{fn.owner ?? t.deployment}</td>
              <td>{fn.types.map(shortType).join(", ")}</td>
              <td class="number">{count(fn.behind)}</td>
              <td class="number">{count(fn.waiting)}</td>
              <td class="number">{count(fn.dead)}</td>
              <td class="number">{fn.recent && duration(fn.recent.p95Ms)}</td>
              <td class="number">{fn.recent && `${count(fn.recent.failed)} / ${count(fn.recent.count)}`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableFrame>
  );
}

/** `eventmachine.transfer.started` is `started`. */
export function shortType(type: string): string {
  return type.split(".").at(-1) ?? type;
}

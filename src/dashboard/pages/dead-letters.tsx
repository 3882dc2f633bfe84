import { call, callForAll, withQuery } from "../api/client.js";
import type { DeliveryList, FunctionList } from "../api/types.js";
import { Card, Empty, Loading, PageHead, Problem, TransferLink } from "../components/parts.js";
import { TableFrame } from "../components/table-frame.js";
import { useAction } from "../components/use-action.js";
import { useResource } from "../components/use-resource.js";
import { count } from "../i18n/format.js";
import { text } from "../i18n/text.js";
import { href } from "../router.js";
import { may } from "../session.js";

const REFRESH_MS = 10_000;

interface DeadLetters {
  function: string;
  dead: number;
  deliveries: DeliveryList["deliveries"];
}

/** Deliveries that were given up, by function, and the way to have them delivered again. */
export function DeadLettersPage() {
  const t = text().deadLetters;
  const found = useResource("dead-letters", load, { refreshMs: REFRESH_MS });
  return (
    <>
      <PageHead title={t.title} lead={t.lead} />
      {found.error !== undefined && <Problem error={found.error} retry={found.reload} />}
      {found.data === undefined ? (
        found.loading && <Loading />
      ) : found.data.length === 0 ? (
        <Card>
          <Empty title={t.none} hint={t.noneHint} />
        </Card>
      ) : (
        found.data.map((letters) => <OfFunction key={letters.function} letters={letters} onChange={found.reload} />)
      )}
    </>
  );
}

async function load(signal: AbortSignal): Promise<DeadLetters[]> {
  const functions = await callForAll("/v1/functions", "cursor", (page: FunctionList) => page.functions, { signal });
  return await Promise.all(
    functions
      .filter(({ dead }) => dead > 0)
      .map(async ({ name, dead }) => {
        const path = withQuery(`/v1/functions/${encodeURIComponent(name)}/deliveries`, { status: "dead" });
        return { function: name, dead, deliveries: (await call<DeliveryList>(path, { signal })).deliveries };
      }),
  );
}

function OfFunction({ letters, onChange }: { letters: DeadLetters; onChange(): void }) {
  const t = text();
  const action = useAction();
  const replay = (sequence?: string) =>
    action.run(async () => {
      const path = `/v1/functions/${encodeURIComponent(letters.function)}/replays`;
      const { replayed } = await call<{ replayed: number }>(path, {
        method: "POST",
        body: sequence === undefined ? {} : { sequence },
      });
      onChange();
      return t.deadLetters.replayed(replayed);
    });
  const mayReplay = may("functions:write");
  return (
    <section class="card" data-testid="dead-letters" data-function={letters.function}>
      <header>
        <h2>
          <a href={href(["functions", letters.function])}>{letters.function}</a>
        </h2>
        <span class="note" role="status">
          {action.done}
        </span>
        {mayReplay && (
          <button type="button" class="button" disabled={action.busy} onClick={() => void replay()}>
            {t.deadLetters.replayAll(letters.dead)}
          </button>
        )}
      </header>
      {action.error !== undefined && (
        <div class="body">
          <Problem error={action.error} />
        </div>
      )}
      <TableFrame>
        <table>
          <thead>
            <tr>
              <th class="number">{t.deadLetters.event}</th>
              <th>{t.transfers.id}</th>
              <th class="number">{t.deadLetters.attempts}</th>
              <th class="number">{t.deadLetters.revivals}</th>
              <th>{t.deadLetters.lastError}</th>
              {mayReplay && <th />}
            </tr>
          </thead>
          <tbody>
            {letters.deliveries.map((one) => (
              <tr key={one.sequence}>
                <td class="number">{count(Number(one.sequence))}</td>
                <td class="tight">
                  <TransferLink id={one.transfer} />
                </td>
                <td class="number">{count(one.attempts)}</td>
                <td class="number">{count(one.revivals)}</td>
                <td>
                  <code>{one.lastError}</code>
                </td>
                {mayReplay && (
                  <td class="number">
                    <button type="button" class="button" disabled={action.busy} onClick={() => void replay(one.sequence)}>
                      {t.deadLetters.replay}
                    </button>
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </TableFrame>
    </section>
  );
}

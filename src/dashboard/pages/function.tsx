import { useState } from "preact/hooks";
import { call } from "../api/client.js";
import type { FunctionResource, RequestList } from "../api/types.js";
import { Confirm } from "../components/confirm.js";
import { Badge, Card, Empty, Hash, Loading, PageHead, Problem } from "../components/parts.js";
import { TableFrame } from "../components/table-frame.js";
import { useAction } from "../components/use-action.js";
import { useResource } from "../components/use-resource.js";
import { count, dateTime, duration, shortTime } from "../i18n/format.js";
import { text } from "../i18n/text.js";
import { href, navigate } from "../router.js";
import { may } from "../session.js";
import { Invoke } from "./function-invoke.js";
import { shortType } from "./functions.js";
import { Health } from "./overview-functions.js";

const REFRESH_MS = 5_000;

/** One function: how it does, what it was asked lately, and a run on an input. */
export function FunctionPage({ name }: { name: string }) {
  const t = text().functions;
  const path = `/v1/functions/${encodeURIComponent(name)}`;
  const fn = useResource(path, (signal) => call<FunctionResource>(path, { signal }), { refreshMs: REFRESH_MS });
  const requests = useResource(`${path}/requests`, (signal) => call<RequestList>(`${path}/requests?limit=20`, { signal }), {
    refreshMs: REFRESH_MS,
  });
  return (
    <>
      <PageHead title={name}>{fn.data && <Health disabled={!fn.data.enabled} {...fn.data} />}</PageHead>
      {fn.error !== undefined && <Problem error={fn.error} retry={fn.reload} />}
      {fn.data === undefined && fn.loading && <Loading />}
      {fn.data && (
        <div class="columns">
          <Card class="half">
            <div class="body form">
              <FunctionFacts fn={fn.data} />
              {may("functions:write") && <Changes fn={fn.data} onChange={fn.reload} />}
            </div>
          </Card>
          {may("functions:invoke") && (
            <Card class="half" title={t.invoke}>
              <div class="body">{fn.data.owner === undefined ? <p class="note">{t.ownInvoke}</p> : <Invoke name={name} />}</div>
            </Card>
          )}
          <Card title={t.requests}>
            {requests.data === undefined || requests.data.requests.length === 0 ? (
              <Empty title={t.noRequests} />
            ) : (
              <Requests requests={requests.data.requests} />
            )}
          </Card>
        </div>
      )}
    </>
  );
}

function FunctionFacts({ fn }: { fn: FunctionResource }) {
  const t = text().functions;
  const facts: [string, string | undefined][] = [
    [t.owner, fn.owner ?? t.deployment],
    [t.wakes, fn.types.map(shortType).join(", ")],
    [t.target, fn.url],
    [t.behind, count(fn.behind)],
    [t.waiting, count(fn.waiting)],
    [t.dead, count(fn.dead)],
    [t.p95, fn.recent && `${duration(fn.recent.p95Ms)} (${count(fn.recent.count)})`],
    [t.failed, fn.recent && count(fn.recent.failed)],
    [t.lastError, fn.lastError ?? fn.disabledReason],
  ];
  return (
    <dl class="facts">
      {facts.map(([name, value]) =>
        value === undefined ? null : (
          <>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </>
        ),
      )}
      {fn.module !== undefined && (
        <>
          <dt>{t.module}</dt>
          <dd>
            <Hash value={fn.module.digest} />
          </dd>
        </>
      )}
    </dl>
  );
}

function Changes({ fn, onChange }: { fn: FunctionResource; onChange(): void }) {
  const t = text().functions;
  const [asking, setAsking] = useState(false);
  const action = useAction();
  const path = `/v1/functions/${encodeURIComponent(fn.name)}`;
  const isOwn = fn.owner === undefined;
  const setEnabled = (enabled: boolean) =>
    action.run(async () => {
      await call(path, { method: "PATCH", body: { enabled } });
      onChange();
      return undefined;
    });
  const remove = () =>
    action.run(async () => {
      await call(path, { method: "DELETE" });
      navigate(href(["functions"]));
      return undefined;
    });
  return (
    <>
      <div class="row">
        {!fn.enabled && (
          <button type="button" class="button" disabled={action.busy} onClick={() => void setEnabled(true)}>
            {t.enable}
          </button>
        )}
        {fn.enabled && !isOwn && (
          <button type="button" class="button" disabled={action.busy} onClick={() => void setEnabled(false)}>
            {t.disable}
          </button>
        )}
        {fn.dead > 0 && (
          <a class="button" href={href(["dead-letters"])}>
            {text().deadLetters.title}
          </a>
        )}
        {!isOwn && (
          <button type="button" class="button danger" disabled={action.busy} onClick={() => setAsking(true)}>
            {t.remove}
          </button>
        )}
      </div>
      {action.error !== undefined && <Problem error={action.error} />}
      {asking && (
        <Confirm
          question={t.removeQuestion(fn.name)}
          action={t.remove}
          danger
          onAnswer={(yes) => {
            setAsking(false);
            if (yes) void remove();
          }}
        />
      )}
    </>
  );
}

function Requests({ requests }: RequestList) {
  const t = text();
  return (
    <TableFrame>
      <table>
        <thead>
          <tr>
            <th>{t.common.time}</th>
            <th class="number">{t.functions.events}</th>
            <th>{t.functions.outcome}</th>
            <th class="number">{t.functions.took}</th>
            <th>{t.functions.lastError}</th>
          </tr>
        </thead>
        <tbody>
          {requests.map(({ at, events, outcome, durationMs, error }, index) => (
            <tr key={`${at}${index}`}>
              <td class="tight" title={dateTime(at)}>
                {shortTime(at)}
              </td>
              <td class="number">{count(events)}</td>
              <td>
                <Badge tone={outcome === "answered" ? "good" : outcome === "retry" ? "warn" : "bad"}>
                  {t.functions.outcomes[outcome]}
                </Badge>
              </td>
              <td class="number">{duration(durationMs)}</td>
              <td>{error !== undefined && <code>{error}</code>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableFrame>
  );
}

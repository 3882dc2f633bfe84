import { call, withQuery } from "../api/client.js";
import type { StatsResource } from "../api/types.js";
import { Badge, Card, Empty, PageHead, Problem } from "../components/parts.js";
import { RateChart } from "../components/rate-chart.js";
import { StateMachine } from "../components/state-machine.js";
import { TableFrame } from "../components/table-frame.js";
import { useResource } from "../components/use-resource.js";
import { count, duration, rate, today } from "../i18n/format.js";
import { text } from "../i18n/text.js";
import { activity, ticks } from "../live/live.js";
import { now } from "../live/now.js";
import { href } from "../router.js";
import { may } from "../session.js";
import { FunctionHealth } from "./overview-functions.js";
import { NetPositions, type Positions } from "./overview-positions.js";
import { RecentEvents } from "./overview-recent.js";

const STATS_REFRESH_MS = 10_000;
const POSITIONS_REFRESH_MS = 15_000;
const MINUTE_SECONDS = 60;
const OPEN_STATES = ["STARTED", "PENDING", "REVERSING"] as const;

/** How the whole system does, now. Counts and rates follow the events; what only the store can sum up is asked for now and then. */
export function Overview() {
  const t = text().overview;
  const stats = useResource("stats", (signal) => call<StatsResource>("/v1/stats", { signal }), { refreshMs: STATS_REFRESH_MS });
  const positions = useResource(
    "positions",
    (signal) => call<Positions>(withQuery("/v1/positions", { day: today() }), { signal }),
    { refreshMs: POSITIONS_REFRESH_MS },
  );
  return (
    <>
      <PageHead title={t.title}>
        {stats.data && <Chain blocks={stats.data.blocks} />}
        {may("transfers:write") && (
          <a class="button primary" href={href(["send"])}>
            {text().send.title}
          </a>
        )}
      </PageHead>
      {stats.error !== undefined && <Problem error={stats.error} retry={stats.reload} />}
      {stats.data?.watching === false && <p class="notice warn">{t.noWatcher}</p>}
      <Figures stats={stats.data} />
      <div class="columns">
        <Card class="two-thirds" title={t.throughput} note={t.throughputNote}>
          <RateChart />
        </Card>
        <Card class="third" title={t.latency} note={t.latencyNote}>
          <Latencies durations={stats.data?.durations} />
        </Card>
        <Card class="two-thirds" title={t.machine} note={t.machineNote}>
          <StateMachine durations={stats.data?.durations ?? {}} />
        </Card>
        <Card class="third" title={t.banks} note={t.banksNote}>
          <NetPositions resource={positions} />
        </Card>
        <Card class="two-thirds" title={t.recent}>
          <RecentEvents />
        </Card>
        {stats.data && (
          <Card class="third" title={t.functions}>
            <FunctionHealth functions={stats.data.functions} />
          </Card>
        )}
      </div>
    </>
  );
}

function Chain({ blocks: { head, behind = 0 } }: { blocks: StatsResource["blocks"] }) {
  const t = text().overview;
  return (
    <Badge tone={behind > 2 ? "warn" : "good"}>
      {t.blocks(count(Number(head)))}, {t.behind(behind > 2 ? behind : 0)}
    </Badge>
  );
}

/** The figures that one looks at first. */
function Figures({ stats }: { stats: StatsResource | undefined }) {
  const t = text().overview;
  // What it counts changes in place.
  ticks.value;
  const known = activity.value;
  const edges = known?.edges(now.value, MINUTE_SECONDS);
  const perSecond = (state: string) =>
    [...(edges ?? [])].reduce((sum, [edge, times]) => (edge.endsWith(`>${state}`) ? sum + times : sum), 0) / MINUTE_SECONDS;
  const states = known?.states();
  const open = OPEN_STATES.reduce((sum, state) => sum + (states?.get(state) ?? 0), 0);
  const dead = stats?.functions.reduce((sum, fn) => sum + fn.dead, 0) ?? 0;
  const attention = (states?.get("SUSPENDED") ?? 0) + dead;
  const total = stats?.durations.total;
  return (
    <dl class="figures" data-testid="figures">
      <Figure name={t.startedRate} note={t.lastMinute} value={known && rate(perSecond("STARTED"))} />
      <Figure name={t.completedRate} note={t.lastMinute} value={known && rate(perSecond("COMPLETED"))} />
      <Figure name={text().states.COMPLETED} value={known && count(states?.get("COMPLETED") ?? 0)} />
      <Figure name={t.open} value={known && count(open)} />
      <Figure name={t.totalP95} value={total && duration(total.p95Ms)} />
      <Figure name={t.attention} note={t.attentionNote} value={known && count(attention)} attention={attention > 0} />
    </dl>
  );
}

function Figure(props: { name: string; note?: string; value: string | undefined; attention?: boolean }) {
  return (
    <div class={props.attention ? "attention" : ""}>
      <dt>
        {props.name}
        {props.note !== undefined && <span class="note"> · {props.note}</span>}
      </dt>
      <dd>{props.value ?? "–"}</dd>
    </div>
  );
}

const LEGS = ["start", "debit", "credit", "refund", "total"] as const;

function Latencies({ durations }: { durations: StatsResource["durations"] | undefined }) {
  const t = text();
  const legs = LEGS.flatMap((leg) => (durations?.[leg] === undefined ? [] : [{ leg, ...durations[leg] }]));
  if (durations !== undefined && legs.length === 0) {
    return <Empty title={t.overview.nothingYet} hint={t.overview.nothingYetHint} />;
  }
  return (
    <TableFrame>
      <table>
        <thead>
          <tr>
            <th>{t.overview.leg}</th>
            <th class="number">{t.overview.p50}</th>
            <th class="number">{t.overview.p95}</th>
            <th class="number">{t.overview.p99}</th>
            <th class="number">{t.overview.measured}</th>
          </tr>
        </thead>
        <tbody>
          {legs.map(({ leg, count: measured, p50Ms, p95Ms, p99Ms }) => (
            <tr key={leg}>
              <td>{t.legs[leg]}</td>
              <td class="number">{duration(p50Ms)}</td>
              <td class="number">{duration(p95Ms)}</td>
              <td class="number">{duration(p99Ms)}</td>
              <td class="number">{count(measured)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableFrame>
  );
}

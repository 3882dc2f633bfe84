import { expect } from "chai";
import { DEMO_BANKS } from "../../../scripts/stack/demo-network.js";
import type { StatsResource } from "../../../src/api/stats/schemas.js";
import { readMetricsTexts } from "../../../tools/system/privacy/sources.js";
import { type System, transferBody } from "../../../tools/system/stack.js";
import { waitFor } from "../../../tools/system/wait-for.js";
import { readAlertRules } from "../../observability/alert-rules.js";
import { expressionsOf, readDashboards } from "../../observability/dashboards.js";

const NAME = /\b(?:eventmachine|process|nodejs)_[a-z0-9_]+/g;

/** What the services tell of themselves. */
export function describeMetrics(system: () => System): void {
  describe("the metrics", () => {
    const scrape = async () => (await readMetricsTexts(system().stack)).map(({ text }) => text);

    it("have every name that an alert rule or a dashboard uses", async () => {
      const exposed = new Set((await scrape()).flatMap((text) => [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name)));
      const used = [...readAlertRules().map(({ expr }) => expr), ...expressionsOf(readDashboards())].flatMap(
        (expr) => expr.match(NAME) ?? [],
      );
      expect(used.length).above(50);
      const lacking = used.filter((name) => !exposed.has(name) && !exposed.has(name.replace(/_(bucket|count|sum)$/, "")));
      expect([...new Set(lacking)]).deep.equal([]);
    });

    it("count a transfer at every step", async () => {
      const [payer, payee] = DEMO_BANKS;
      const figures = async () => {
        const [api = "", watcher = "", , , debit = ""] = await scrape();
        return {
          started: sample(api, 'eventmachine_starts_total{outcome="started"}'),
          mined: sample(api, 'eventmachine_transactions_total{outcome="mined"}'),
          asked: sample(
            api,
            'eventmachine_http_request_duration_seconds_count{method="POST",route="/v1/transfers",status="2xx"}',
          ),
          delivered: sample(watcher, `eventmachine_delivery_requests_total{function="${payer.name}-debit",outcome="answered"}`),
          debited: sample(debit, 'eventmachine_leg_results_total{leg="debit",result="PENDING"}'),
          posted: sample(debit, 'eventmachine_bank_calls_total{operation="post",outcome="posted"}'),
          gas: sample(debit, "eventmachine_gas_used_total"),
        };
      };
      const before = await figures();
      await system().api.post(transferBody(payer, payee), { waitSeconds: 20 });
      // What is counted after the answer is there a moment later.
      await waitFor("every step is counted", async () => {
        const after = await figures();
        return Object.keys(before).every((name) => after[name as keyof typeof after] > before[name as keyof typeof before]);
      });
    });

    it("tell how many transfers are in each state, and how far the projection is", async () => {
      const rows = await system().store.query("select state, count(*)::int as count from transfers group by state");
      await waitFor("the counts are the projection's", async () => {
        const [, watcher = ""] = await scrape();
        return rows.every(({ state, count }) => sample(watcher, `eventmachine_transfers{state="${state}"}`) === count);
      });
      const [, watcher = ""] = await scrape();
      expect(sample(watcher, "eventmachine_projection_blocks_behind")).equal(0);
      expect(sample(watcher, "eventmachine_watcher_leases_held")).equal(1);
    });

    it("tell what chain and banks differ in, which is nothing", async () => {
      for (const { id } of DEMO_BANKS) {
        const unexplained = `eventmachine_reconciliation_postings{bank="${id}",day="today",verdict="unexplained"}`;
        await waitFor(`the statement of ${id} is compared`, async () => sample((await scrape())[1] ?? "", unexplained) === 0);
      }
    });

    it("are told in short at GET /v1/stats", async () => {
      const { body } = await system().api.call<StatsResource>("/v1/stats");
      expect(body.transfers.COMPLETED).above(0);
      expect(body.watching).equal(true);
      expect(Object.keys(body.durations)).include.members(["start", "debit", "credit", "total"]);
      expect(body.functions.map(({ name }) => name)).include(`${DEMO_BANKS[0].name}-debit`);
      expect(body.rates.perSecond.COMPLETED).above(0);
    });

    it("name routes by their pattern, whatever is asked for", async () => {
      const { api } = system();
      await api.call("/v1/phone-accounts/%2B66800000000");
      await api.call("/v1/no-such-thing/66800000000");
      const [text = ""] = await scrape();
      const routes = new Set([...text.matchAll(/route="([^"]*)"/g)].map(([, route]) => route));
      expect([...routes]).include.members(["/v1/phone-accounts/:phone", "unknown"]);
      expect([...routes].filter((route) => /[0-9]{4}/.test(route ?? ""))).deep.equal([]);
    });

    it("are on no listener that the public reaches", async () => {
      expect(await system().api.statusOf("/metrics")).equal(404);
    });
  });
}

/** A sample's value; a series that is not there yet counts as 0. */
function sample(text: string, series: string): number {
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${series} `));
  return Number(line?.slice(series.length) ?? 0);
}

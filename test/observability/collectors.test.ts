import { expect } from "chai";
import { Registry } from "prom-client";
import { createCollectors } from "../../src/telemetry/collectors.js";
import { createMetrics } from "../../src/telemetry/metrics.js";

const MAX_AGE_MS = 5_000;

describe("figures that are asked for when somebody looks", () => {
  function setUp() {
    const registry = new Registry();
    const state = { now: 0, reads: 0, answer: 7 as number | Error };
    const collectors = createCollectors(registry, () => state.now);
    const read = async () => {
      state.reads += 1;
      if (state.answer instanceof Error) throw state.answer;
      return state.answer;
    };
    collectors.add("thing", MAX_AGE_MS, read, [
      { name: "plain", help: "h", samples: (value) => [{ value }] },
      { name: "labelled", help: "h", labelNames: ["l"], samples: (value) => [{ labels: { l: String(value) }, value }] },
    ]);
    const scrape = async () => {
      await collectors.collect();
      return (await registry.metrics()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    };
    return { state, scrape };
  }

  it("are asked for once for all who look within a few seconds", async () => {
    const { state, scrape } = setUp();
    await Promise.all([scrape(), scrape()]);
    state.now = MAX_AGE_MS - 1;
    expect(await scrape()).include("plain 7");
    expect(state.reads).equal(1);
    state.now = MAX_AGE_MS;
    await scrape();
    expect(state.reads).equal(2);
  });

  it("lose the series that are gone", async () => {
    const { state, scrape } = setUp();
    await scrape();
    state.answer = 8;
    state.now = MAX_AGE_MS;
    expect(await scrape())
      .include('labelled{l="8"} 8')
      .and.not.include('labelled{l="7"} 7');
  });

  it("are absent, not zero and not old, while there is no answer, and that is counted", async () => {
    const { state, scrape } = setUp();
    await scrape();
    state.answer = new Error("away");
    state.now = MAX_AGE_MS;
    expect(await scrape()).deep.equal(['eventmachine_collector_failures_total{collector="thing"} 1']);
    state.answer = 9;
    expect(await scrape()).deep.equal([
      'eventmachine_collector_failures_total{collector="thing"} 1',
      "plain 9",
      'labelled{l="9"} 9',
    ]);
  });
});

describe("the metrics' port", () => {
  it("has the process's metrics at /metrics, and nothing else", async () => {
    const port = 20_000 + (process.pid % 10_000);
    const server = await createMetrics().serve("127.0.0.1", port);
    try {
      const response = await fetch(`http://127.0.0.1:${port}/metrics`);
      expect(response.headers.get("content-type")).match(/^text\/plain; version=0\.0\.4/);
      expect(await response.text()).match(/^process_cpu_seconds_total /m);
      expect((await fetch(`http://127.0.0.1:${port}/`)).status).equal(404);
      expect((await fetch(`http://127.0.0.1:${port}/metrics`, { method: "POST" })).status).equal(405);
    } finally {
      await server.close();
    }
  });

  it("that is in use is named", async () => {
    const port = 20_000 + (process.pid % 10_000);
    const server = await createMetrics().serve("127.0.0.1", port);
    const error: unknown = await createMetrics()
      .serve("127.0.0.1", port)
      .catch((reason: unknown) => reason);
    await server.close();
    expect(error).include({ code: "config-invalid" });
    expect(String(error)).include("METRICS_PORT");
  });
});

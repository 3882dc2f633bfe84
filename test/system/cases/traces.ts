import { expect } from "chai";
import { DEMO_BANKS } from "../../../scripts/stack/demo-network.js";
import { traceIdsOf } from "../../../src/domain/tracing.js";
import { readLogTexts } from "../../../tools/system/privacy/sources.js";
import { type System, transferBody } from "../../../tools/system/stack.js";
import { waitFor } from "../../../tools/system/wait-for.js";

/** Each step of a transfer that completes: its service and name, and those of the step it is below. */
const STEPS: Record<string, string | undefined> = {
  "api: POST /v1/transfers": undefined,
  "api: journal": "api: POST /v1/transfers",
  "api: start": "api: POST /v1/transfers",
  "watcher: event eventmachine.transfer.started": "api: POST /v1/transfers",
  "watcher: deliver eventmachine.transfer.started": "watcher: event eventmachine.transfer.started",
  "debit: debit": "watcher: event eventmachine.transfer.started",
  "debit: bank post": "debit: debit",
  "debit: advance PENDING": "debit: debit",
  "watcher: event eventmachine.transfer.pending": "api: POST /v1/transfers",
  "watcher: deliver eventmachine.transfer.pending": "watcher: event eventmachine.transfer.pending",
  "credit: credit": "watcher: event eventmachine.transfer.pending",
  "credit: bank post": "credit: credit",
  "credit: advance COMPLETED": "credit: credit",
  "watcher: event eventmachine.transfer.completed": "api: POST /v1/transfers",
};

/** What a collector is told. */
export function describeTraces(system: () => System): void {
  describe("the trace of a transfer", () => {
    it("follows it from the request through journal, chain, delivery and banks to its end, in one tree", async () => {
      const { api, collector } = system();
      const [payer, payee] = DEMO_BANKS;
      const { body } = await api.post(transferBody(payer, payee), { waitSeconds: 20 });
      const { traceId, firstSpanId } = traceIdsOf(body.id);
      const arrived = () => new Set(collector.trace(traceId).map(({ service, name }) => `${service}: ${name}`));
      await waitFor("every step has arrived", () => Object.keys(STEPS).every((step) => arrived().has(step)));

      const spans = collector.trace(traceId);
      const names = new Map(spans.map(({ spanId, service, name }) => [spanId, `${service}: ${name}`]));
      const found = spans.map(({ service, name, parentSpanId }) => [`${service}: ${name}`, names.get(parentSpanId ?? "")]);
      // A delivery may have come twice: then two are alike.
      expect(Object.fromEntries(found)).deep.equal(STEPS);
      expect(names.get(firstSpanId)).equal("api: POST /v1/transfers");
      expect(
        spans.filter(({ startTimeUnixNano, endTimeUnixNano }) => BigInt(startTimeUnixNano) > BigInt(endTimeUnixNano)),
      ).deep.equal([]);
    });

    it("has the same request's repetition as a further step", async () => {
      const { api, collector, newPayer, newPayee } = system();
      const body = transferBody(await newPayer(), await newPayee());
      const first = await api.post(body, { key: "traced-twice", waitSeconds: 20 });
      await api.post(body, { key: "traced-twice", waitSeconds: 20 });
      const { traceId, firstSpanId } = traceIdsOf(first.body.id);
      const requests = () => collector.trace(traceId).filter(({ name }) => name === "POST /v1/transfers");
      await waitFor("both requests have arrived", async () => requests().length === 2);
      expect(requests().map(({ spanId, parentSpanId }) => [spanId === firstSpanId, parentSpanId ?? ""])).deep.equal([
        [true, ""],
        [false, firstSpanId],
      ]);
    });
  });

  describe("the logs", () => {
    it("name a transfer in one field at every step, and know no deprecated option", async () => {
      const { api, stack } = system();
      const [payer, payee] = DEMO_BANKS;
      const { body } = await api.post(transferBody(payer, payee), { waitSeconds: 20 });
      const steps: [string, string][] = [
        ["api", "transfer started"],
        ["api", "request answered"],
        [`${payer.name}-debit`, "leg handled"],
        [`${payee.name}-credit`, "leg handled"],
      ];
      for (const [service, msg] of steps) {
        await waitFor(`${service} says '${msg}' of the transfer`, async () =>
          (await readLogLines(stack.dataDir, service)).some((line) => line.msg === msg && line.transferId === body.id),
        );
      }
      const texts = await readLogTexts(stack.dataDir);
      expect(texts.filter(({ text }) => /DeprecationWarning|FSTDEP/.test(text)).map(({ where }) => where)).deep.equal([]);
    });
  });
}

async function readLogLines(dataDir: string, service: string): Promise<Record<string, unknown>[]> {
  const text = (await readLogTexts(dataDir)).find(({ where }) => where === `log file ${service}.log`)?.text ?? "";
  return text
    .split("\n")
    .filter((line) => line.startsWith("{") && line.endsWith("}"))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

import { createHash } from "node:crypto";
import { expect } from "chai";
import { AppError } from "../../src/domain/app-error.js";
import { traceIdsOf } from "../../src/domain/tracing.js";
import { openTracing } from "../../src/telemetry/open-tracing.js";
import { createTracing } from "../../src/telemetry/tracing.js";
import { recordingLogger, SILENT } from "../../tools/support/logger.js";
import { type OtlpReceiver, startOtlpReceiver } from "../../tools/support/otlp-receiver.js";
import { until } from "../../tools/support/until.js";

const ID = `0x${"1a".repeat(16)}${"2b".repeat(8)}${"3c".repeat(8)}`;
const OTHER = `0x${"4d".repeat(32)}`;

describe("tracing a transfer", () => {
  let receiver: OtlpReceiver;
  beforeEach(async () => {
    receiver = await startOtlpReceiver();
  });
  afterEach(() => receiver.close());

  const { traceId, firstSpanId } = traceIdsOf(ID);
  const tracing = (ratio = 1) => createTracing({ logger: SILENT }, { service: "test", endpoint: receiver.endpoint, ratio });

  it("joins the same trace in every process, below the first step, whoever sends that and whenever", async () => {
    const [api, watcher] = [tracing(), tracing()];
    watcher.begin({ name: "later", transferId: ID }).end();
    api.begin({ name: "request", transferId: ID, first: true }).end();
    await Promise.all([api.close(), watcher.close()]);
    const found = new Map(receiver.trace(traceId).map((span) => [span.name, span]));
    expect(traceId).equal("1a".repeat(16));
    expect(found.get("request")).include({ spanId: firstSpanId, service: "test" });
    expect(found.get("request")?.parentSpanId ?? "").equal("");
    expect(found.get("later")?.parentSpanId).equal(firstSpanId);
  });

  it("puts a step below the one under way, and below the one that another process hands over", async () => {
    const mine = tracing();
    const step = mine.begin({ name: "event", transferId: ID, key: "31337-0x01-0" });
    const other = tracing();
    await other.run({ name: "leg", transferId: ID, parent: mine.traceparentOf(ID, "31337-0x01-0") }, () =>
      other.run({ name: "posting", transferId: ID }, async () => undefined),
    );
    step.end();
    await Promise.all([mine.close(), other.close()]);
    const found = new Map(receiver.trace(traceId).map((span) => [span.name, span]));
    expect(found.get("leg")?.parentSpanId).equal(found.get("event")?.spanId);
    expect(found.get("posting")?.parentSpanId).equal(found.get("leg")?.spanId);
  });

  it("names the step of a key the same everywhere and always, each by its own id", async () => {
    const [one, other] = [tracing(), tracing()];
    expect(one.traceparentOf(ID, "a")).equal(other.traceparentOf(ID, "a")).and.not.equal(one.traceparentOf(ID, "b"));
    expect(one.traceparentOf(ID, "a")).match(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    await Promise.all([one.close(), other.close()]);
  });

  it("takes no other transfer's step for a parent, nor what is no traceparent", async () => {
    const mine = tracing();
    for (const parent of [mine.traceparentOf(OTHER, "event"), "nonsense", `00-${"0".repeat(32)}-${"1".repeat(16)}-01`]) {
      mine.begin({ name: "step", transferId: ID, parent }).end();
    }
    await mine.run({ name: "around", transferId: OTHER }, async () => mine.begin({ name: "step", transferId: ID }).end());
    await mine.close();
    const parents = receiver.trace(traceId).map(({ parentSpanId }) => parentSpanId);
    expect(parents).deep.equal([firstSpanId, firstSpanId, firstSpanId, firstSpanId]);
  });

  it("says of an error its code only, and passes it on", async () => {
    const mine = tracing();
    const thrown = new AppError("bank-unreachable", "account 1234567890");
    const caught: unknown = await mine
      .run({ name: "step", transferId: ID }, () => Promise.reject(thrown))
      .catch((error: unknown) => error);
    await mine.close();
    expect(caught).equal(thrown);
    expect(receiver.trace(traceId)[0]?.status).include({ code: 2, message: "bank-unreachable" });
    expect(receiver.bodies.join("")).not.include("1234567890");
  });

  it("links to the trace that a client is in", async () => {
    const mine = tracing();
    mine.begin({ name: "request", transferId: ID, first: true, links: `00-${"ab".repeat(16)}-${"cd".repeat(8)}-01` }).end();
    await mine.close();
    expect(receiver.trace(traceId)[0]?.links?.[0]).include({ traceId: "ab".repeat(16), spanId: "cd".repeat(8) });
  });

  it("picks the same transfers in every process when it traces only some", async () => {
    const ids = Array.from({ length: 200 }, (_, index) => `0x${createHash("sha256").update(String(index)).digest("hex")}`);
    const pick = async () => {
      const mine = tracing(0.5);
      const sampled = ids.filter((transferId) => mine.traceparentOf(transferId, "event")?.endsWith("-01"));
      await mine.close();
      return sampled;
    };
    const [first, second] = [await pick(), await pick()];
    expect(first).deep.equal(second);
    expect(first.length).within(60, 140);
    const mine = tracing(0.5);
    for (const transferId of ids) mine.begin({ name: "s", transferId }).end();
    await mine.close();
    expect(ids.filter((id) => receiver.trace(traceIdsOf(id).traceId).length > 0)).deep.equal(first);
  });

  it("without a collector does the work, and hands over nothing", async () => {
    const off = await openTracing({ logger: SILENT }, { service: "test", endpoint: undefined, ratio: 1 });
    off.begin({ name: "s", transferId: ID }).end();
    expect(off.traceparentOf(ID, "event")).equal(undefined);
    expect(await off.run({ name: "s", transferId: ID }, async () => 7)).equal(7);
    await off.close();
  });

  it("says so when the collector is away, and ends all the same", async () => {
    const { logger, said } = recordingLogger();
    await receiver.close();
    const mine = createTracing({ logger }, { service: "test", endpoint: receiver.endpoint, ratio: 1 });
    mine.begin({ name: "s", transferId: ID }).end();
    await until("it has said so", async () => said("traces are lost"));
    await mine.close();
  });
});

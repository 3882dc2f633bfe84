import { expect } from "chai";
import { Webhook } from "standardwebhooks";
import { until } from "../../../tools/support/until.js";
import { expectJson, expectProblem } from "../api-under-test.js";
import { startFunctionsApi } from "./functions-under-test.js";

interface InvocationAnswer {
  id: string;
  status: string;
  output?: unknown;
  error?: string;
  attempts: number;
}

describe("/v1/functions/{name}/invocations", function () {
  this.timeout(120_000);
  let functions: Awaited<ReturnType<typeof startFunctionsApi>>;
  const send: typeof functions.send = (...args) => functions.send(...args);
  const create: typeof functions.create = (...args) => functions.create(...args);

  before(async () => {
    functions = await startFunctionsApi();
  });
  beforeEach(() => functions.reset());
  after(() => functions.close());

  const invoke = (input: unknown, prefer?: string) => send("POST", "/premiums/invocations", { input }, "alice-key", prefer);
  const read = async (id: string) => expectJson<InvocationAnswer>(await send("GET", `/premiums/invocations/${id}`));

  it("reach the URL as a signed event of a type of their own, and wait for its answer where asked to", async () => {
    functions.receiver.answer = () => ({ status: 200, body: { premium: "120.00" } });
    const { secret } = await create();
    const answer = await invoke({ policy: "4711" }, "wait=20");
    expect(answer.headers["preference-applied"]).to.equal("wait=20");
    const done = expectJson<InvocationAnswer>(answer);
    expect(done).to.deep.include({ status: "succeeded", output: { premium: "120.00" }, attempts: 1 });
    const [delivery] = functions.receiver.deliveries;
    expect(() => new Webhook(secret).verify(delivery?.body ?? "", delivery?.headers as Record<string, string>)).not.to.throw();
    expect(delivery?.events[0]).to.deep.include({
      id: done.id,
      type: "eventmachine.function.invoked",
      source: "/v1/functions/premiums/invocations",
      data: { policy: "4711" },
    });
    expect(await read(done.id)).to.deep.equal(done);
    const { invocations } = expectJson<{ invocations: InvocationAnswer[] }>(await send("GET", "/premiums/invocations"));
    expect(invocations).to.deep.equal([done]);
  });

  it("are answered at once otherwise, and asked for later", async () => {
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    functions.receiver.answer = async () => {
      await held;
      return { status: 200, body: 7 };
    };
    await create();
    const answer = await invoke(null, "respond-async");
    expect(answer.headers["preference-applied"]).to.equal("respond-async");
    const { id, status } = expectJson<InvocationAnswer>(answer, 202);
    expect([status, answer.headers.location]).to.deep.equal(["waiting", `/v1/functions/premiums/invocations/${id}`]);
    expect((await read(id)).status).to.equal("waiting");
    letGo();
    await until("it has ended", async () => (await read(id)).status === "succeeded");
    expect((await read(id)).output).to.equal(7);
  });

  it("fail at what the function refuses, and are tried again where it is not there", async () => {
    functions.receiver.answer = () => ({ status: 422, body: "no such policy" });
    await create();
    const refused = expectJson<InvocationAnswer>(await invoke(1, "wait=20"));
    expect(refused).to.include({ status: "failed", attempts: 1 });
    expect(refused.error).to.match(/^HTTP 422/);
    functions.receiver.answer = () => ({ status: functions.receiver.deliveries.length < 3 ? 503 : 200, body: "done" });
    const later = expectJson<InvocationAnswer>(await invoke(1, "wait=30"));
    expect(later).to.include({ status: "succeeded", attempts: 2, output: "done" });
  });

  it("end whatever the function says", async () => {
    functions.receiver.answer = () => ({ status: 200, body: "a\0b\ud800" });
    await create();
    expect(expectJson<InvocationAnswer>(await invoke(1, "wait=20"))).to.include({ status: "succeeded" });
    functions.receiver.answer = () => ({ status: 400, body: "a\0b\ud800" });
    expect(expectJson<InvocationAnswer>(await invoke(1, "wait=20"))).to.include({ status: "failed" });
  });

  it("of one principal, however slow and many, keep no other's waiting", async () => {
    const { receiver } = functions;
    const { held, release } = holding();
    receiver.answer = async ({ events }) => {
      if (JSON.stringify(events).includes("slow")) await held;
      return { status: 200, body: "quick" };
    };
    await create();
    await create({ name: "bobs" }, "bob-key");
    for (let index = 0; index < 40; index += 1) expect((await invoke("slow")).statusCode).to.equal(202);
    // One principal alone has half of the invocations under way.
    await until("eight of them are under way", () => receiver.deliveries.length === 8);
    const answer = await send("POST", "/bobs/invocations", { input: 1 }, "bob-key", "wait=20");
    expect(expectJson<InvocationAnswer>(answer)).to.include({ status: "succeeded", output: "quick" });
    expect(receiver.deliveries).to.have.length(9);
    release();
  });

  it("of one principal are refused with 429 while a hundred wait, and another's are taken", async () => {
    const { held, release } = holding();
    functions.receiver.answer = () => held;
    await create();
    await create({ name: "bobs" }, "bob-key");
    const statuses = await Promise.all(Array.from({ length: 130 }, async () => (await invoke("slow")).statusCode));
    expect(statuses.filter((status) => status === 202)).to.have.length(100);
    expectProblem(await invoke("slow"), 429, "too-many-requests");
    expect((await send("POST", "/bobs/invocations", { input: 1 }, "bob-key")).statusCode).to.equal(202);
    release();
  });

  it("are not found by another's name or id", async () => {
    await create();
    await create({ name: "other" });
    const { id } = expectJson<InvocationAnswer>(await invoke(1), 202);
    expectProblem(await send("GET", `/other/invocations/${id}`), 404, "not-found");
    expectProblem(await send("GET", "/premiums/invocations/x"), 404, "not-found");
    expectProblem(await send("POST", "/premiums/invocations", {}), 400, "invalid-request");
  });
});

/** An answer that comes once it is released. */
function holding() {
  const { promise: held, resolve } = Promise.withResolvers<{ status: number }>();
  return { held, release: () => resolve({ status: 200 }) };
}

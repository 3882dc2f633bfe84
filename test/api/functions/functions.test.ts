import { expect } from "chai";
import { Webhook } from "standardwebhooks";
import { writeRequests } from "../../../src/store/functions/request-log.js";
import { upsertFunctions } from "../../../src/store/functions/retries.js";
import { TEST_SECRETS } from "../../../tools/support/function-secrets.js";
import { observer } from "../../support/watching.js";
import { expectJson, expectProblem } from "../api-under-test.js";
import { COMPLETED, type FunctionAnswer, startFunctionsApi } from "./functions-under-test.js";

describe("/v1/functions", function () {
  this.timeout(120_000);
  let functions: Awaited<ReturnType<typeof startFunctionsApi>>;
  const send: typeof functions.send = (...args) => functions.send(...args);
  const create: typeof functions.create = (...args) => functions.create(...args);

  before(async () => {
    functions = await startFunctionsApi();
  });
  beforeEach(() => functions.reset());
  after(() => functions.close());

  it("registers a URL that answers, and shows its secret this once", async () => {
    const made = await create({ filter: { payeeBank: "WHSKTHB1", currency: "THB" }, batchSize: 7, concurrency: 3 });
    expect(made.secret).to.match(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(made).to.deep.include({
      name: "premiums",
      owner: "alice",
      url: functions.receiver.url,
      types: COMPLETED,
      filter: { payeeBank: "WHSKTHB1", currency: "THB", principal: "alice" },
      batchSize: 7,
      concurrency: 3,
      enabled: true,
      waiting: 0,
      dead: 0,
    });
    const read = await send("GET", "/premiums");
    expect(read.body).not.to.include("whsec_");
    expect(expectJson<FunctionAnswer>(read).filter).to.deep.equal(made.filter);
    expectProblem(await send("POST", "", { name: "premiums", url: functions.receiver.url, types: COMPLETED }), 409, "conflict");
    expectProblem(
      await send("POST", "", { name: "premiums", url: functions.receiver.url, types: COMPLETED }, "bob-key"),
      409,
      "conflict",
    );
  });

  for (const [what, body] of [
    ["nothing that listens", { url: "http://127.0.0.1:1/" }],
    ["a private address", { url: "http://10.0.0.1/" }],
    ["another scheme", { url: "file:///etc/passwd" }],
    ["a user and password", { url: "http://a:b@127.0.0.1/" }],
    ["neither a URL nor a module", {}],
    ["both", { url: "http://127.0.0.1:1/", module: { source: "x" } }],
    ["a module, where none are run", { module: { source: "export default 1" } }],
  ] as const) {
    it(`refuses ${what}`, async () => {
      expectProblem(await send("POST", "", { types: COMPLETED, ...body, name: "f" }), 422, "invalid-function");
      expect(await functions.store.db.selectFrom("functions").selectAll().execute()).to.deep.equal([]);
    });
  }
  for (const [what, body] of [
    ["a name in capitals", { name: "Premiums" }],
    ["a type that is none", { types: ["eventmachine.transfer.lost"] }],
    ["no types in the list", { types: [] }],
    ["a batch of nothing", { batchSize: 0 }],
    ["more at once than there may be", { concurrency: 17 }],
    ["a retry policy without a number", { retry: { maxAttempts: 3 } }],
    ["an owner", { owner: "bob" }],
    ["a secret", { secret: "whsec_x" }],
  ] as const) {
    it(`does not take ${what}`, async () => {
      const answer = await send("POST", "", Object.assign({ name: "f", url: functions.receiver.url, types: COMPLETED }, body));
      expectProblem(answer, 400, "invalid-request");
    });
  }

  it("says what is missing, and which currency is none", async () => {
    expectProblem(await send("POST", "", { name: "f", url: functions.receiver.url }), 422, "invalid-function");
    const filter = { currency: "ZZZ" };
    expectProblem(
      await send("POST", "", { name: "f", url: functions.receiver.url, types: COMPLETED, filter }),
      422,
      "invalid-currency",
    );
  });

  it("gives nobody events of another's transfers, but for an operator", async () => {
    const filter = { principal: "bob" };
    expectProblem(await send("POST", "", { name: "f", url: functions.receiver.url, types: COMPLETED, filter }), 403, "forbidden");
    await create({ name: "own" });
    expectProblem(await send("PATCH", "/own", { filter }), 403, "forbidden");
    expect((await create({ name: "of-bob", filter }, "operator-key")).filter).to.deep.equal(filter);
    expect((await create({ name: "of-all" }, "operator-key")).filter).to.deep.equal({});
    // An operator's change of another's filter widens nothing by what it leaves out.
    const changed = expectJson<FunctionAnswer>(await send("PATCH", "/own", { filter: { currency: "THB" } }, "operator-key"));
    expect(changed.filter).to.deep.equal({ currency: "THB", principal: "alice" });
  });

  it("shows a principal its own functions and the deployment's, an operator everybody's", async () => {
    await upsertFunctions(functions.store.db, TEST_SECRETS, [observer(functions.receiver.url, { name: "legs" })]);
    await create({ name: "alices" });
    await create({ name: "bobs" }, "bob-key");
    const names = async (key: string) =>
      expectJson<{ functions: FunctionAnswer[] }>(await send("GET", "", undefined, key)).functions.map(({ name }) => name);
    expect(await names("alice-key")).to.deep.equal(["alices", "legs"]);
    expect(await names("operator-key")).to.deep.equal(["alices", "bobs", "legs"]);
    for (const [method, path, body] of [
      ["GET", "/bobs"],
      ["GET", "/bobs/deliveries"],
      ["GET", "/bobs/requests"],
      ["GET", "/bobs/source"],
      ["GET", "/bobs/invocations"],
      ["PATCH", "/bobs", { enabled: false }],
      ["DELETE", "/bobs"],
      ["POST", "/bobs/replays", {}],
      ["POST", "/bobs/secret-rotations", { overlapSeconds: 0 }],
      ["POST", "/bobs/invocations", { input: 1 }],
    ] as const) {
      expectProblem(await send(method, path, body), 404, "not-found");
    }
    expectProblem(await send("POST", "", {}, "reader-key"), 403, "forbidden");
    expectProblem(await send("POST", "/alices/invocations", { input: 1 }, "reader-key"), 403, "forbidden");
  });

  it("leaves the deployment's own as its settings say, but for putting them back into service", async () => {
    await upsertFunctions(functions.store.db, TEST_SECRETS, [observer(functions.receiver.url, { name: "legs" })]);
    await functions.store.db.updateTable("functions").set({ disabled_reason: "HTTP 410" }).execute();
    expectProblem(await send("DELETE", "/legs", undefined, "operator-key"), 409, "conflict");
    expectProblem(await send("POST", "/legs/secret-rotations", { overlapSeconds: 0 }, "operator-key"), 409, "conflict");
    expectProblem(await send("POST", "/legs/invocations", { input: 1 }, "operator-key"), 409, "conflict");
    for (const body of [{ url: functions.receiver.url }, { enabled: false }, { enabled: true, batchSize: 1 }]) {
      expectProblem(await send("PATCH", "/legs", body, "operator-key"), 409, "conflict");
    }
    expectProblem(await send("PATCH", "/legs", { enabled: true }), 403, "forbidden");
    expect(expectJson<FunctionAnswer>(await send("PATCH", "/legs", { enabled: true }, "operator-key")).enabled).to.equal(true);
  });

  it("changes what is given, switches off and on, and forgets", async () => {
    await create({ batchSize: 7 });
    const retry = { maxAttempts: 3, firstRetryMs: 100, maxRetryMs: 1_000 };
    const types = ["eventmachine.transfer.started"];
    const changed = expectJson<FunctionAnswer>(await send("PATCH", "/premiums", { types, retry, enabled: false }));
    expect(changed).to.deep.include({ types, retry, enabled: false, batchSize: 7, url: functions.receiver.url });
    expect(expectJson<FunctionAnswer>(await send("PATCH", "/premiums", { enabled: true })).enabled).to.equal(true);
    expectProblem(await send("PATCH", "/premiums", { url: "http://10.0.0.1/" }), 422, "invalid-function");
    expectProblem(await send("PATCH", "/premiums", {}), 400, "invalid-request");
    expect((await send("DELETE", "/premiums")).statusCode).to.equal(204);
    expectProblem(await send("DELETE", "/premiums"), 404, "not-found");
  });

  it("tells of the deployment's own functions what concerns the caller's transfers, and to operators everything", async () => {
    const { db } = functions.store;
    await upsertFunctions(db, TEST_SECRETS, [observer(functions.receiver.url, { name: "legs" })]);
    const row = {
      function: "legs",
      attempts: 3,
      next_attempt_at: new Date(),
      last_error: "bank said no to 0x0b",
      status: "dead" as const,
    };
    await db
      .insertInto("journal")
      .values([journalOf("0x0a", "alice"), journalOf("0x0b", "bob")])
      .execute();
    await db
      .insertInto("retries")
      .values([
        { ...row, transfer_id: "0x0a", sequence: 5 },
        { ...row, transfer_id: "0x0b", sequence: 6 },
      ])
      .execute();
    await writeRequests(db, [
      { fn: "legs", at: new Date(), events: 1, outcome: "retry", durationMs: 1, error: "bank said no to 0x0b" },
    ]);
    const seen = async (key?: string) => {
      const parts = ["/deliveries", "/requests", ""].map((path) => send("GET", `/legs${path}`, undefined, key));
      const [deliveries, ...others] = await Promise.all(parts);
      const ids = expectJson<{ deliveries: { transfer: string }[] }>(deliveries as Awaited<ReturnType<typeof send>>).deliveries;
      return { ids: ids.map(({ transfer }) => transfer), others: others.map(({ body }) => body).join() };
    };
    const alice = await seen();
    expect(alice.ids).to.deep.equal(["0x0a"]);
    expect(alice.others).not.to.include("bank said no");
    const operator = await seen("operator-key");
    expect(operator.ids).to.deep.equal(["0x0a", "0x0b"]);
    expect(operator.others).to.include("bank said no");
  });

  it("tells what waits and what is dead in pages, what the requests took, and replays", async () => {
    await create();
    const row = { function: "premiums", transfer_id: "0x01", attempts: 3, next_attempt_at: new Date(), last_error: "HTTP 500" };
    await functions.store.db
      .insertInto("retries")
      .values([
        { ...row, sequence: 5, status: "dead" },
        { ...row, sequence: 6, status: "waiting" },
        { ...row, sequence: 9, status: "dead" },
      ])
      .execute();
    const list = async (query: string) =>
      expectJson<{ deliveries: { sequence: string; status: string }[]; next?: string }>(
        await send("GET", `/premiums/deliveries${query}`),
      );
    const first = await list("?limit=2");
    expect([first.deliveries.map(({ sequence }) => sequence), first.next]).to.deep.equal([["5", "6"], "6"]);
    expect((await list("?after=6")).deliveries.map(({ sequence }) => sequence)).to.deep.equal(["9"]);
    expect((await list("?status=dead")).deliveries).to.have.length(2);
    expectProblem(await send("GET", "/premiums/deliveries?status=gone"), 400, "invalid-request");

    const replayed = async (body: object) =>
      expectJson<{ replayed: number }>(await send("POST", "/premiums/replays", body)).replayed;
    expect(await replayed({ sequence: "5" })).to.equal(1);
    expect(await replayed({ sequence: "5" })).to.equal(0);
    expect(await replayed({})).to.equal(1);
    expect((await list("?status=dead")).deliveries).to.deep.equal([]);

    const took = Array.from({ length: 250 }, (_, index) => index + 1);
    for (const part of [took.slice(0, 90), took.slice(90)]) {
      await writeRequests(
        functions.store.db,
        part.map((ms) => ({ fn: "premiums", at: new Date(ms), events: 1, outcome: "answered", durationMs: ms, error: null })),
      );
    }
    const { recent } = expectJson<{ recent: unknown }>(await send("GET", "/premiums"));
    // The newest 200: 51 to 250.
    expect(recent).to.deep.equal({ count: 200, failed: 0, p50Ms: 150, p95Ms: 240, p99Ms: 248 });
    const { requests } = expectJson<{ requests: { durationMs: number }[] }>(await send("GET", "/premiums/requests?limit=2"));
    expect(requests.map(({ durationMs }) => durationMs)).to.deep.equal([250, 249]);
  });

  it("gives another secret, and signs with both for as long as is asked", async () => {
    const { secret: old } = await create();
    const rotate = async (overlapSeconds: number) =>
      expectJson<{ secret: string }>(await send("POST", "/premiums/secret-rotations", { overlapSeconds }), 201).secret;
    const signedBy = async () => {
      await send("POST", "/premiums/invocations", { input: 1 }, "alice-key", "wait=20");
      const delivery = functions.receiver.deliveries.at(-1);
      return (secret: string) => {
        try {
          new Webhook(secret).verify(delivery?.body ?? "", delivery?.headers as Record<string, string>);
          return true;
        } catch {
          return false;
        }
      };
    };
    const second = await rotate(3_600);
    const both = await signedBy();
    expect([both(old), both(second)]).to.deep.equal([true, true]);
    const third = await rotate(0);
    const one = await signedBy();
    expect([one(old), one(second), one(third)]).to.deep.equal([false, false, true]);
  });
});

function journalOf(transferId: string, principal: string) {
  return {
    ...{ transfer_id: transferId, domain: "0x00", principal, payer_bank: "FAASTHB1", payee_bank: "WHSKTHB1", currency: 764 },
    ...{ amount: 1, deadline: 1, details: Buffer.alloc(0), field_hashes: "{}", status: "started" },
    ...{ accepted_at: new Date(), lease_until: new Date() },
  };
}

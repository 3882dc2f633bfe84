import { expect } from "chai";
import { ApiError, ConnectionError, createClient, type EventMachineClient, NotFinalError } from "../../src/client/client.js";
import type { ListedTransfer } from "../../src/domain/transfer-record.js";
import { NOW_MS, PAYEE_BANK, PAYEE_PHONE, PAYER_BANK, PAYER_PHONE, UNKNOWN_PHONE } from "../../tools/api-fakes/fake-deps.js";
import { until } from "../../tools/support/until.js";
import { BODY, createTestApi, type TestApi } from "../api/api-under-test.js";
import { viewOf } from "../api/transfers/transfer-views.js";
import { expectError } from "./expect-error.js";
import { startMisbehavingServer } from "./misbehaving-server.js";

const idOf = (number: number) => `0x${number.toString(16).padStart(64, "0")}`;
const ID = idOf(7);

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe("the client", () => {
  let test: TestApi;
  let url: string;
  let client: EventMachineClient;
  const clientOf = (apiKey: string) => createClient({ url, apiKey, maxRetries: 0 });

  beforeEach(async () => {
    test = await createTestApi();
    url = await test.api.listen({ host: "127.0.0.1", port: 0 });
    client = clientOf("alice-key");
  });
  afterEach(() => test.api.close());

  it("starts a transfer, reads it, and waits until it is final", async () => {
    const { id, state } = await client.transfers.create(BODY, { idempotencyKey: "order-1" });
    expect(state).to.equal("NONE");
    const final = client.transfers.waitUntilFinal(id);
    expect((await client.transfers.get(id)).final).to.equal(false);
    test.deps.setView(viewOf(id, { state: "COMPLETED" }));
    expect(await final).to.deep.include({ id, state: "COMPLETED", final: true });
    expect(await client.transfers.events(id)).to.deep.equal([]);
  });

  it("waits no longer than it is told, says where the transfer stands, and ends when the caller says so", async () => {
    const { id } = await client.transfers.create(BODY);
    const error = await expectError(client.transfers.waitUntilFinal(id, { withinMs: 20 }), NotFinalError);
    expect(error.transfer).to.deep.include({ id, final: false });
    const reason = new Error("enough");
    const abort = new AbortController();
    const waiting = expectError(client.transfers.waitUntilFinal(id, { signal: abort.signal }), Error);
    abort.abort(reason);
    expect(await waiting).to.equal(reason);
  });

  it("holds the answer of a start until the transfer is final", async () => {
    const created = client.transfers.create(BODY, { waitSeconds: 30 });
    await until("it is accepted", () => test.deps.entries.size > 0);
    for (const id of test.deps.entries.keys()) test.deps.setView(viewOf(id, { state: "COMPLETED" }));
    expect((await created).state).to.equal("COMPLETED");
    expect(await expectError(client.transfers.create(BODY, { waitSeconds: 1.5 }), TypeError)).to.be.instanceOf(TypeError);
  });

  it("lists page by page, lazily, with the filters of the first page", async () => {
    test.deps.listed = Array.from({ length: 250 }, (_, number): ListedTransfer => {
      const view = viewOf(idOf(number));
      return { position: { at: new Date(NOW_MS - number * 1_000), id: view.id }, entry: undefined, view };
    });
    const { list } = test.deps.transfers;
    test.deps.transfers.list = async (query) => {
      const { before } = query;
      await list(query);
      const from = before === undefined ? 0 : test.deps.listed.findIndex(({ position }) => position.id === before.id) + 1;
      return test.deps.listed.slice(from, from + query.limit);
    };
    const all = await collect(client.transfers.list({ state: "STARTED", bank: PAYEE_BANK }));
    expect(all.map(({ id }) => id)).to.deep.equal(test.deps.listed.map(({ position }) => position.id));
    expect(test.deps.listQueries.map(({ state, bank }) => [state, bank])).to.deep.equal(Array(3).fill(["STARTED", PAYEE_BANK]));
    for await (const { id } of client.transfers.list({ limit: "20" })) if (id === idOf(20)) break;
    expect(test.deps.listQueries).to.have.length(3 + 2);
    expect((await client.transfers.listPage({ limit: "1" })).next).to.be.a("string");
  });

  it("reads events until what is final", async () => {
    const pages = [
      { events: [], next: 5n, final: 9n },
      { events: [], next: 9n, final: 9n },
    ];
    test.deps.events.read = async (query) => {
      test.deps.eventQueries.push(query);
      return pages[test.deps.eventQueries.length - 1] ?? { events: [], next: 0n, final: 99n };
    };
    expect(await collect(client.events.list({ after: "3", bank: PAYER_BANK }))).to.deep.equal([]);
    expect(test.deps.eventQueries.map(({ after, bank }) => [after, bank])).to.deep.equal([
      [3n, PAYER_BANK],
      [5n, PAYER_BANK],
    ]);
  });

  it("registers, reads, changes and releases phone numbers, and claims them", async () => {
    const account = { phone: UNKNOWN_PHONE, bank: PAYER_BANK, account: "12345" };
    expect(await client.phoneAccounts.register(account)).to.deep.include({ phone: UNKNOWN_PHONE, bank: PAYER_BANK });
    expect(await client.phoneAccounts.get(PAYER_PHONE)).to.deep.equal({ phone: PAYER_PHONE, bank: PAYER_BANK, version: 3 });
    expect((await client.phoneAccounts.update(PAYER_PHONE, { account: "54321" })).version).to.equal(4);
    await client.phoneAccounts.release(PAYER_PHONE);
    const lapsesAt = new Date(NOW_MS);
    test.deps.claims.set(test.deps.alias(PAYEE_PHONE), { bank: PAYER_BANK, lapsesAt });
    test.deps.claims.set(test.deps.alias(PAYER_PHONE), { bank: PAYEE_BANK, lapsesAt });
    const claim = { phone: PAYEE_PHONE, bank: PAYER_BANK, lapsesAt: lapsesAt.toISOString() };
    expect(await client.phoneAccounts.openClaim(PAYEE_PHONE, { bank: PAYER_BANK, account: "54321" })).to.deep.equal(claim);
    expect(await client.phoneAccounts.getClaim(PAYEE_PHONE)).to.deep.equal(claim);
    expect((await client.phoneAccounts.confirmClaim(PAYER_PHONE)).bank).to.equal(PAYEE_BANK);
    await client.phoneAccounts.withdrawClaim(PAYEE_PHONE);
    expect(test.deps.writes.map(({ method }) => method)).to.deep.equal([
      ...["update", "release", "openClaim", "confirmClaim", "withdrawClaim"],
    ]);
  });

  it("reads the banks, the network and the statistics", async () => {
    test.deps.members = [{ bank: PAYER_BANK, active: true, sealingKey: { version: 1, publicKey: "0x00" } }];
    expect((await client.banks.list()).map(({ bank }) => bank)).to.deep.equal([PAYER_BANK]);
    expect((await client.banks.get(PAYER_BANK)).active).to.equal(true);
    expect((await createClient({ url }).root()).network.organisation).to.equal("demo");
    expect(await clientOf("stats-key").stats()).to.be.an("object");
  });

  it("makes, reads, rotates and ends API keys", async () => {
    const made = await client.apiKeys.create({ principal: "shop", scopes: ["transfers:read"], payers: "any" });
    expect(made.key).to.match(/^em_/);
    expect((await client.apiKeys.list()).map(({ id }) => id)).to.include(made.id);
    expect(await client.apiKeys.get(made.id)).not.to.have.property("key");
    expect((await client.apiKeys.rotate(made.id, { overlapSeconds: 60 })).key).not.to.equal(made.key);
    expect(await client.apiKeys.delete(made.id)).to.equal(undefined);
    expect((await expectError(client.apiKeys.get(made.id), ApiError)).code).to.equal("not-found");
  });

  it("lists suspended transfers, proposes, confirms and takes back", async () => {
    const arbiter = clientOf("arbiter-key");
    const view = viewOf(ID, { state: "SUSPENDED", suspendedFrom: "PENDING", reason: "AB08" });
    test.deps.setView(view);
    test.deps.listed = [{ position: { at: new Date(NOW_MS), id: ID }, entry: undefined, view }];
    expect((await collect(arbiter.suspendedTransfers.list())).map(({ id }) => id)).to.deep.equal([ID]);
    expect((await arbiter.suspendedTransfers.get(ID)).suspendedFrom).to.equal("PENDING");
    expect((await arbiter.suspendedTransfers.propose(ID, { to: "PENDING" })).transfer).to.equal(ID);
    expect((await arbiter.suspendedTransfers.confirm(ID, { to: "PENDING" })).to).to.equal("PENDING");
    await arbiter.suspendedTransfers.withdraw(ID);
    expect(test.deps.resolutionWrites.map(({ method }) => method)).to.deep.equal(["propose", "confirm", "withdraw"]);
  });

  it("reports the outcome of a suspended transfer, confirms and withdraws the report", async () => {
    const person = clientOf("person-key");
    test.deps.setView(viewOf(ID, { state: "SUSPENDED", suspendedFrom: "PENDING", reason: "AC04" }));
    const { evidence } = await person.suspendedTransfers.report(ID, { to: "COMPLETED", note: "Paid at the counter." });
    expect((await person.suspendedTransfers.confirmReport(ID, { to: "COMPLETED", evidence })).evidence).to.equal(evidence);
    await person.suspendedTransfers.withdrawReport(ID);
    expect(test.deps.outcomeWrites.map(({ method }) => method)).to.deep.equal(["propose", "confirm", "withdraw"]);
  });

  it("tells what is wrong as the API does: code, status, field, and the id of the request", async () => {
    const error = await expectError(client.transfers.create({ ...BODY, payer: { phone: "12" } }), ApiError);
    expect(error).to.include({ status: 422, code: "invalid-phone", name: "ApiError" });
    expect(error.requestId).to.match(/^[0-9a-f-]{36}$/);
    expect(error.message).to.equal(error.detail);
    const idempotencyKey = "order-2";
    await client.transfers.create(BODY, { idempotencyKey });
    const reused = await expectError(
      client.transfers.create({ ...BODY, amount: { amount: "1", currency: "THB" } }, { idempotencyKey }),
      ApiError,
    );
    expect([reused.code, reused.field, reused.idempotencyKey]).to.deep.equal([
      "idempotency-key-reused",
      "/amount/amount",
      "order-2",
    ]);
    const malformed = await expectError(client.transfers.create({ ...BODY, extra: 1 } as typeof BODY), ApiError);
    expect([malformed.code, malformed.errors[0]?.pointer]).to.deep.equal(["invalid-request", "/extra"]);
    expect((await expectError(clientOf("forged").banks.list(), ApiError)).code).to.equal("unauthorized");
  });

  it("asks for no other path than is meant", async () => {
    for (const id of ["", ".", ".."]) await expectError(client.transfers.get(id), TypeError);
    expect((await expectError(client.transfers.get("../banks"), ApiError)).code).to.equal("not-found");
    expect((await expectError(client.banks.get("A/../B?x#y"), ApiError)).code).to.equal("not-found");
  });

  it("takes the URL of an API, and nothing else", () => {
    for (const bad of [
      "",
      "127.0.0.1:8080",
      "ftp://a.example",
      "http://me:pw@a.example",
      "http://a.example/?x",
      "http://a.example/#x",
    ])
      expect(() => createClient({ url: bad }), bad).to.throw(TypeError);
  });

  it("sends the key nowhere else, and takes no page for an answer", async () => {
    const server = await startMisbehavingServer();
    const other = createClient({ url: `${server.url}/`, apiKey: "secret-key", maxRetries: 0 });
    server.behave({ status: 307, headers: { location: `${url}/v1/banks` } });
    await expectError(other.banks.list(), ConnectionError);
    server.behave((response) => response.end("<html>"));
    const error = await expectError(other.banks.list(), ConnectionError);
    expect(error.message).to.match(/no JSON/);
    expect([server.seen.length, server.seen[0]?.url]).to.deep.equal([1, "/v1/banks"]);
    await server.close();
  });
});

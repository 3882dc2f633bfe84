import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { createRestConnector } from "../../src/banks/rest-connector.js";
import { AppError } from "../../src/domain/app-error.js";
import { until } from "../../tools/support/until.js";
import { credit, debit } from "./helpers/postings.js";
import { SILENT, STATEMENT_TOKEN, startBank, startStub } from "./helpers/start-bank.js";

const DAY = new Date("2026-11-21T10:00:00Z");
const LINE = {
  postingId: "1",
  reference: "a:debit",
  kind: "debit",
  amount: "10",
  currency: "THB",
  bookedAt: "2026-11-21T10:00:00.000Z",
};

const malformed: [string, unknown][] = [
  ["no list of lines", {}],
  ["a line without a reference", { lines: [{ ...LINE, reference: undefined }] }],
  ["a line of another kind", { lines: [{ ...LINE, kind: "gift" }] }],
  ["an amount that is no whole number", { lines: [{ ...LINE, amount: "1.5" }] }],
  ["an amount below zero", { lines: [{ ...LINE, amount: "-1" }] }],
  ["an amount of more than 18 digits", { lines: [{ ...LINE, amount: "1".repeat(19) }] }],
  ["a reference of more than 300 characters", { lines: [{ ...LINE, reference: "r".repeat(301) }] }],
  ["a next page that is no text", { lines: [], next: 2 }],
];

describe("a bank's statement", () => {
  const cleanUps: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });

  function connectorTo(baseUrl: string) {
    const connector = createRestConnector({ baseUrl, token: STATEMENT_TOKEN, timeoutMs: 2_000, logger: SILENT });
    cleanUps.push(() => connector.shutdown());
    return connector;
  }

  it("has a line for each posting that the bank made, and none for a refusal", async () => {
    const bank = await startBank({ clock: () => DAY.getTime() });
    cleanUps.push(bank.stop);
    await bank.connector.postMany([debit("a", 10n), credit("b", 5n), debit("c", 5_000n)]);
    const { lines, next } = await connectorTo(bank.baseUrl).statement({ day: "2026-11-21" });
    expect(lines.map(({ reference, kind, amountMinor, currency }) => [reference, kind, amountMinor, currency])).to.deep.equal([
      ["a:debit", "debit", 10n, "THB"],
      ["b:credit", "credit", 5n, "THB"],
    ]);
    expect(next).to.equal(undefined);
  });

  it("names its next page where there is one", async () => {
    const stub = await startStub((_request, response) => response.end(JSON.stringify({ lines: [LINE], next: "page-2" })));
    cleanUps.push(stub.stop);
    const { amount, ...line } = LINE;
    expect(await connectorTo(stub.baseUrl).statement({ day: "2026-11-21" })).to.deep.equal({
      lines: [{ ...line, amountMinor: BigInt(amount) }],
      next: "page-2",
    });
  });

  for (const [what, page] of malformed) {
    it(`is not believed with ${what}`, async () => {
      const stub = await startStub((_request, response) => response.end(JSON.stringify(page)));
      cleanUps.push(stub.stop);
      const error = await connectorTo(stub.baseUrl)
        .statement({ day: "2026-11-21" })
        .catch((cause: unknown) => cause);
      expect(error).to.be.instanceOf(AppError).with.property("code", "bank-protocol");
    });
  }

  it("leaves no connection open once its connector is shut down", async () => {
    const server = createServer((_request, response) => response.end(JSON.stringify({ lines: [] }))).listen(0, "127.0.0.1");
    await once(server, "listening");
    const connections = new Set<unknown>();
    server.on("connection", (socket) => {
      connections.add(socket);
      socket.once("close", () => connections.delete(socket));
    });
    cleanUps.push(async () => {
      server.closeAllConnections();
      server.close();
    });
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const connector = createRestConnector({ baseUrl, token: STATEMENT_TOKEN, timeoutMs: 2_000, logger: SILENT });
    await connector.statement({ day: "2026-11-21" });
    expect(connections.size).to.equal(1);
    await connector.shutdown();
    await until("the connection is closed", () => connections.size === 0);
  });
});

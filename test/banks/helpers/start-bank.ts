import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pino } from "pino";
import { createRestConnector } from "../../../src/banks/rest-connector.js";
import { type Ledger, openLedger } from "../../../src/banks/simulators/ledger.js";
import { createBankServer } from "../../../src/banks/simulators/server.js";
import { ALICE, BOB } from "./postings.js";
import { tempFolder } from "./temp-folder.js";

export const TOKEN = "test-token";
export const STATEMENT_TOKEN = "reads-statements";
export const SILENT = pino({ level: "silent" });

/** A ledger in a file of its own, with two accounts of 1000 and 0. */
export function openTestLedger(path: string, clock: () => number = Date.now): Ledger {
  const ledger = openLedger({ path, bank: "FAASTHB1", clock });
  ledger.seedAccount({ number: ALICE, currency: "THB", openingMinor: 1_000n, status: "open" });
  ledger.seedAccount({ number: BOB, currency: "THB", openingMinor: 0n, status: "open" });
  return ledger;
}

/** A bank that listens on the loopback, its ledger, and what calls it. `logs` has every line the bank logged; `clock` times its postings. */
export async function startBank(options: { timeoutMs?: number; maxBatch?: number; clock?: () => number } = {}) {
  const folder = tempFolder();
  const ledger = openTestLedger(join(folder.path, "ledger.db"), options.clock);
  const logs: string[] = [];
  const logger = pino({ level: "trace" }, { write: (line: string) => void logs.push(line) });
  const server = createBankServer({ ledger, token: TOKEN, statementToken: STATEMENT_TOKEN, logger, faultsEnabled: true });
  const baseUrl = await server.listen({ host: "127.0.0.1", port: 0 });
  const { timeoutMs = 2_000, maxBatch = 200 } = options;
  const connector = createRestConnector({ baseUrl, token: TOKEN, timeoutMs, logger, maxBatch, settleDelayMs: 5 });
  const call = (method: string, path: string, body?: unknown, token = TOKEN) =>
    fetch(`${baseUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return {
    ledger,
    logs,
    baseUrl,
    connector,
    call,
    setFaults: (faults: Record<string, unknown>) => call("PUT", "/v1/faults", faults),
    stop: async () => {
      await connector.shutdown();
      await server.close();
      ledger.shutdown();
      folder.remove();
    },
  };
}

/** A response's JSON, of no type: what it holds is the test's to say. */
export async function readJson(response: Response) {
  return JSON.parse(await response.text());
}

export type TestBank = Awaited<ReturnType<typeof startBank>>;

/** A server that answers as the test says: a bank that breaks its protocol. */
export async function startStub(listener: RequestListener): Promise<{ baseUrl: string; stop: () => Promise<void> }> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

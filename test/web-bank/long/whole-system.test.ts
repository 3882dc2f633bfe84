import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { sql } from "kysely";
import { chromium } from "playwright-core";
import { LEGACY_BANK } from "../../../scripts/stack/demo-network.js";
import type { WebFault } from "../../../src/banks/simulators/web/web-faults.js";
import { allowPosting } from "../../../src/store/bank-postings/admin.js";
import { openStore } from "../../../src/store/open-store.js";
import type { Db } from "../../../src/store/schema.js";
import { SILENT } from "../../../tools/support/logger.js";
import { createApiClient } from "../../../tools/system/api-client.js";
import { type System, startSystem, transferBody } from "../../../tools/system/stack.js";
import { waitFor } from "../../../tools/system/wait-for.js";
import { CHROMIUM_ARGUMENTS, openDashboard, signIn } from "../../browser/dashboard-page.js";
import { CHROMIUM_PATH, describeWithBrowser } from "../web-bank.js";

const PATIENCE_MS = 60_000;
const payee = { phone: LEGACY_BANK.phone };

// As `npm start -- --with-legacy-bank` has it: every service a process of its own, a browser in each function of the third bank.
describeWithBrowser("the whole system with a bank that has pages only", function () {
  this.timeout(240_000);
  let dataDir: string;
  let system: System;
  let store: { db: Db; close(): Promise<void> };

  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "event-machine-web-bank-"));
    system = await startSystem(dataDir, { legacyBank: true });
    store = openStore(system.stack.databaseUrl, SILENT, 2);
  });
  afterEach(() => setFaults());
  after(async () => {
    await store?.close();
    await system?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const bankUrl = () => `http://127.0.0.1:${system.stack.ports.legacyBank[0]}`;
  const ask = async (path: string, init: RequestInit = {}) => {
    const token = system.stack.secrets.banks.find(({ id }) => id === LEGACY_BANK.id)?.token;
    const response = await fetch(`${bankUrl()}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    return JSON.parse(await response.text());
  };
  const setFaults = (...faults: WebFault[]) => ask("/v1/faults", { method: "PUT", body: JSON.stringify(faults) });
  const bookings = async (id: string): Promise<number> => {
    const { lines } = await ask("/v1/statement?limit=10000");
    return lines.filter(({ reference }: { reference: string }) => reference.startsWith(`${id}:credit/`)).length;
  };
  const send = async () => {
    const payer = await system.newPayer();
    return (await system.api.post(transferBody(payer, payee))).body.id;
  };
  const suspended = (id: string) =>
    waitFor("it is suspended", async () => (await system.api.transfer(id)).state === "SUSPENDED", PATIENCE_MS);

  /** Two arbiters, each with a key of its own, let a suspended transfer go on. */
  async function resume(id: string): Promise<void> {
    const to = (await system.api.transfer(id)).suspendedFrom;
    const by = async (principal: string, path: string) => {
      const key = await system.api.call<{ key: string }>("/v1/api-keys", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ principal, scopes: ["transfers:resolve"], payers: "any" }),
      });
      const { call } = createApiClient(system.stack.apiUrl, key.body.key);
      const headers = { "content-type": "application/json" };
      return (await call(`/v1/suspended-transfers/${id}${path}`, { method: "POST", headers, body: JSON.stringify({ to }) }))
        .status;
    };
    expect(await by("arbiter-1", "/resolution")).to.equal(201);
    expect(await by("arbiter-2", "/resolution/confirmation")).to.equal(200);
  }

  it("moves money to it, and shows an operator what its page said, whose hash is on the chain", async () => {
    const id = await send();
    expect((await system.final(id, PATIENCE_MS)).state).to.equal("COMPLETED");
    expect(await bookings(id)).to.equal(1);
    const { body } = await system.api.call<{
      evidence: { hash: string; receipt: string; picture: { digest: string; link: string } }[];
    }>(`/v1/transfers/${id}/evidence`);
    const [one] = body.evidence;
    const { events } = (await system.api.call<{ events: { type: string; evidence: string }[] }>(`/v1/transfers/${id}/events`))
      .body;
    expect(events.at(-1)).to.include({ type: "eventmachine.transfer.completed", evidence: one?.hash });
    expect(JSON.parse(one?.receipt ?? "{}").screenshot).to.equal(one?.picture.digest);
    const picture = await fetch(`${system.stack.apiUrl}${one?.picture.link}`, {
      headers: { authorization: `Bearer ${system.stack.secrets.apiKey}` },
    });
    expect(picture.headers.get("content-type")).to.equal("image/png");
    expect(
      createHash("sha256")
        .update(Buffer.from(await picture.arrayBuffer()))
        .digest("hex"),
    ).to.equal(one?.picture.digest);
  });

  it("shows that on the dashboard as well", async () => {
    const id = await send();
    expect((await system.final(id, PATIENCE_MS)).state).to.equal("COMPLETED");
    const browser = await chromium.launch({ executablePath: CHROMIUM_PATH, args: CHROMIUM_ARGUMENTS });
    try {
      const dashboard = await openDashboard({ system, browser });
      await signIn(dashboard, system.stack.secrets.apiKey);
      await dashboard.open(`#/transfers/${id}`);
      const picture = dashboard.page.getByAltText(`What the page of ${LEGACY_BANK.id} said`);
      await picture.waitFor();
      const width = () => dashboard.page.evaluate("document.querySelector('img.evidence').naturalWidth");
      await waitFor("the picture is loaded", async () => Number(await width()) > 100);
      expect(dashboard.errors).to.deep.equal([]);
    } finally {
      await browser.close();
    }
  });

  it("takes money from it, and gives it back where the payee's bank refuses", async () => {
    const balance = async () => BigInt((await ask(`/v1/accounts/${LEGACY_BANK.account}`)).balance);
    const before = await balance();
    const other = await system.newPayee();
    const paid = (await system.api.post(transferBody(payee, other))).body.id;
    expect((await system.final(paid, PATIENCE_MS)).state).to.equal("COMPLETED");
    expect(await balance()).to.equal(before - 10_000n);
    await system.payeeBank.closeAccount(other.account);
    const refused = (await system.api.post(transferBody(payee, other))).body.id;
    expect(await system.final(refused, PATIENCE_MS)).to.include({ state: "REVERSED", reason: "AC04" });
    expect(await balance()).to.equal(before - 10_000n);
    const tooMuch = (await system.api.post(transferBody(payee, other, 10n ** 9n))).body.id;
    expect(await system.final(tooMuch, PATIENCE_MS)).to.include({ state: "REJECTED", reason: "AM04" });
  });

  it("waits while the bank's page is another, and goes on when it is mended", async () => {
    await setFaults({ step: "entry", fault: "changed" });
    const id = await send();
    await waitFor(
      "the function says that the page has changed",
      async () => {
        const log = system.stack.children.get("hive-credit")?.logTail() ?? "";
        return log.includes(id) && log.includes("has changed");
      },
      PATIENCE_MS,
    );
    expect((await system.api.transfer(id)).state).to.equal("PENDING");
    await setFaults();
    expect((await system.final(id, PATIENCE_MS)).state).to.equal("COMPLETED");
    expect(await bookings(id)).to.equal(1);
  });

  it("books once where the function is killed with -9 between the press and its record", async () => {
    await setFaults({ step: "confirmation", fault: "slow-after", delayMs: 600_000 });
    const id = await send();
    await waitFor("the bank has booked it", async () => (await bookings(id)) === 1, PATIENCE_MS);
    await system.kill("hive-credit");
    await setFaults();
    // Its claim on the posting would last for minutes: what it did not live to give back.
    await sql`update bank_postings set claimed_until = now() where claim is not null`.execute(store.db);
    await system.stack.restart("hive-credit");
    expect((await system.final(id, 3 * PATIENCE_MS)).state).to.equal("COMPLETED");
    expect(await bookings(id)).to.equal(1);
  });

  it("suspends what the statement does not have; two arbiters alone do not make it book, the bank's word and they do, once", async () => {
    await setFaults({ step: "confirmation", fault: "cut-before" });
    const id = await send();
    await suspended(id);
    await setFaults();
    await resume(id);
    // Nobody has asked the bank: it is looked for again, and not sent.
    await waitFor(
      "it is suspended again",
      async () => {
        const { events } = (await system.api.call<{ events: { type: string }[] }>(`/v1/transfers/${id}/events`)).body;
        return events.filter(({ type }) => type === "eventmachine.transfer.suspended").length === 2;
      },
      PATIENCE_MS,
    );
    expect(await bookings(id)).to.equal(0);
    expect(await allowPosting(store.db, LEGACY_BANK.id, `${id}:credit`)).to.equal(true);
    await resume(id);
    expect((await system.final(id, PATIENCE_MS)).state).to.equal("COMPLETED");
    expect(await bookings(id)).to.equal(1);
  });
});

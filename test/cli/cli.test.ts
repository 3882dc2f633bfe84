import { expect } from "chai";
import { NOW_MS, PAYEE_BANK, PAYEE_PHONE, PAYER_BANK, PAYER_PHONE, UNKNOWN_PHONE } from "../../tools/api-fakes/fake-deps.js";
import { until } from "../../tools/support/until.js";
import { BODY, createTestApi, type TestApi } from "../api/api-under-test.js";
import { viewOf } from "../api/transfers/transfer-views.js";
import { type Ran, runCli } from "./run-cli.js";

const ID = `0x${"5a".repeat(32)}`;
const PHONE_DIGITS = [PAYER_PHONE, PAYEE_PHONE, UNKNOWN_PHONE].map((phone) => phone.slice(3));
const CREATE = ["transfer", "create", "--from", PAYER_PHONE, "--to", PAYEE_PHONE, "--amount", "15000", "--currency", "THB"];

describe("eventmachine", () => {
  let test: TestApi;
  let url: string;
  const cli = (...args: string[]): Promise<Ran> => runCli({ url }, ...args);
  const as = (apiKey: string, ...args: string[]): Promise<Ran> => runCli({ url, apiKey }, ...args);

  beforeEach(async () => {
    test = await createTestApi();
    url = await test.api.listen({ host: "127.0.0.1", port: 0 });
    const sealingKey = { version: 1, publicKey: "0x00" };
    test.deps.members = [PAYER_BANK, PAYEE_BANK].map((bank) => ({ bank, active: true, sealingKey }));
  });
  afterEach(() => test.api.close());

  /** As JSON, and for people: it ends well, and tells no phone number. */
  async function both(args: string[], apiKey?: string): Promise<{ json: Record<string, unknown>[]; text: string }> {
    const text = await runCli({ url, ...(apiKey && { apiKey }) }, ...args);
    const json = await runCli({ url, ...(apiKey && { apiKey }) }, ...args, "--json");
    for (const { exitCode, err, out } of [text, json]) {
      expect([exitCode, err], out + err).to.deep.equal([0, ""]);
      expect(PHONE_DIGITS.filter((digits) => out.includes(digits))).to.deep.equal([]);
    }
    return { json: json.json(), text: text.out };
  }

  describe("tells the same as JSON and for people", () => {
    it("transfer create, get, events, list", async () => {
      const created = await both([...CREATE, "--key", "order-1", "--message", "rent"]);
      const [id] = test.deps.entries.keys();
      expect(created.json[0]).to.deep.include({ id, state: "NONE", amount: BODY.amount });
      expect(created.text)
        .to.match(/state +NONE/)
        .and.match(/amount +150\.00 THB/);
      const view = viewOf(String(id), { state: "COMPLETED" });
      test.deps.setView(view);
      test.deps.listed = [{ position: { at: new Date(NOW_MS), id: String(id) }, entry: undefined, view }];
      expect((await both(["transfer", "get", String(id)])).json[0]).to.deep.include({ state: "COMPLETED" });
      expect((await both(["transfer", "wait", String(id)])).json[0]).to.deep.include({ final: true });
      expect((await both(["transfer", "events", String(id)])).text).to.equal("Nothing has happened yet.\n");
      const listed = await both(["transfer", "list", "--state", "COMPLETED", "--bank", PAYEE_BANK, "--limit", "5"]);
      expect(listed.json).to.have.length(1);
      expect(listed.text.split("\n")[1]).to.match(new RegExp(`^${id}  COMPLETED  150.00 THB`));
      expect(test.deps.listQueries[0]).to.deep.include({ state: "COMPLETED", bank: PAYEE_BANK, limit: 6 });
    });

    it("accounts", async () => {
      expect((await both(["accounts", "get", PAYER_PHONE])).json).to.deep.equal([{ bank: PAYER_BANK, version: 3 }]);
      const registered = await cli("accounts", "register", UNKNOWN_PHONE, "--bank", PAYER_BANK, "--account", "12345", "--json");
      expect(registered.json()[0]).to.deep.include({ bank: PAYER_BANK, version: 1 });
      await both(["accounts", "update", PAYER_PHONE, "--account", "54321"]);
      expect((await both(["accounts", "release", PAYER_PHONE])).json).to.deep.equal([{ released: true }]);
      for (const phone of [PAYER_PHONE, PAYEE_PHONE]) {
        test.deps.claims.set(test.deps.alias(phone), { bank: PAYER_BANK, lapsesAt: new Date(NOW_MS) });
      }
      await both(["accounts", "claim", PAYEE_PHONE, "--bank", PAYER_BANK, "--account", "54321"]);
      expect((await both(["accounts", "show-claim", PAYER_PHONE])).json[0]).to.include({ bank: PAYER_BANK });
      await both(["accounts", "confirm-claim", PAYER_PHONE]);
      await both(["accounts", "withdraw-claim", PAYER_PHONE]);
      expect(new Set(test.deps.writes.map(({ method }) => method))).to.deep.equal(
        new Set(["update", "release", "openClaim", "confirmClaim", "withdrawClaim"]),
      );
    });

    it("banks", async () => {
      expect((await both(["banks", "list"])).text).to.match(new RegExp(`^bank +active.*\n${PAYER_BANK} +true`));
      expect((await both(["banks", "get", PAYER_BANK])).json[0]).to.include({ bank: PAYER_BANK, active: true });
    });

    it("events", async () => {
      expect((await both(["events", "--type", "completed", "--bank", PAYER_BANK, "--after", "3"])).json).to.deep.equal([]);
      expect(test.deps.eventQueries[0]).to.deep.include({ type: "eventmachine.transfer.completed", bank: PAYER_BANK, after: 3n });
    });

    it("suspended", async () => {
      const view = viewOf(ID, { state: "SUSPENDED", suspendedFrom: "PENDING", reason: "AB08" });
      test.deps.setView(view);
      test.deps.listed = [{ position: { at: new Date(NOW_MS), id: ID }, entry: undefined, view }];
      const arbiter = "arbiter-key";
      expect((await both(["suspended", "list"], arbiter)).json[0]).to.deep.include({ id: ID, allowed: ["PENDING"] });
      expect((await both(["suspended", "get", ID], arbiter)).text).to.match(/suspendedFrom +PENDING/);
      await both(["suspended", "propose", ID, "--to", "PENDING"], arbiter);
      await both(["suspended", "confirm", ID, "--to", "PENDING"], arbiter);
      await both(["suspended", "withdraw", ID], arbiter);
      expect(test.deps.resolutionWrites).to.have.length(6);
    });

    it("suspended report, confirm-report and withdraw-report", async () => {
      test.deps.setView(viewOf(ID, { state: "SUSPENDED", suspendedFrom: "PENDING", reason: "AC04" }));
      const person = "person-key";
      const report = ["suspended", "report", ID, "--outcome", "REVERSING", "--reason", "AC04", "--note", "Sent back by hand."];
      const { json } = await both([...report, "--bank-reference", "CASH-17"], person);
      expect(json[0]).to.deep.include({ transfer: ID, to: "REVERSING", reason: "AC04" });
      const evidence = String(json[0]?.evidence);
      expect(JSON.parse(test.deps.kept.get(evidence)?.content ?? "{}")).to.deep.include({
        ...{ note: "Sent back by hand.", bankReference: "CASH-17" },
      });
      test.deps.outcomeProposals.set(ID, { to: "REVERSING", reason: "AC04", evidence, by: `0x${"b1".repeat(20)}` });
      expect((await both(["suspended", "get", ID], person)).text).to.contain("Sent back by hand.");
      await both(["suspended", "confirm-report", ID, "--outcome", "REVERSING", "--evidence", evidence], person);
      await both(["suspended", "withdraw-report", ID], person);
      expect(test.deps.outcomeWrites.map(({ method }) => method)).to.deep.equal([
        ...["propose", "propose", "confirm", "confirm", "withdraw", "withdraw"],
      ]);
    });

    it("keys", async () => {
      const create = ["keys", "create", "--principal", "shop", "--scope", "transfers:read", "--payer-bank", PAYER_BANK, "--json"];
      const [made] = (await cli(...create, "--payer-phone", PAYER_PHONE)).json();
      expect(made?.key).to.match(/^em_/);
      const id = String(made?.id);
      expect((await both(["keys", "get", id])).json[0]).to.deep.include({ payers: { banks: [PAYER_BANK], phones: 1 } });
      const [rotated] = (await cli("keys", "rotate", id, "--overlap", "60", "--json")).json();
      expect(rotated?.key).not.to.equal(made?.key);
      expect((await both(["keys", "list"])).text).to.contain(id);
      expect((await cli("keys", "delete", id, "--json")).json()).to.deep.equal([{ deleted: id }]);
    });

    it("takes ids that begin with a dash wherever they stand", async () => {
      const key = { principal: "shop", scopes: ["transfers:read"], payers: "any" as const, createdAt: new Date(NOW_MS) };
      for (const id of ["-abcdefghijk", "-hS27cSlnAUc", "--Sx_cSlnAUc", "-fS27cSlnAUc", "-----------_"]) {
        test.deps.keys.set(id, { ...key, id, expiresAt: null });
        for (const args of [
          ["keys", "get", id, "--json"],
          ["keys", "--json", "get", id],
          ["--json", "keys", "get", id],
        ]) {
          expect((await cli(...args)).json()[0], args.join(" ")).to.include({ id });
        }
        expect((await cli("keys", "rotate", id, "--overlap", "60", "--json")).exitCode).to.equal(0);
        expect((await cli("keys", "rotate", "--overlap", "60", "--json", id)).exitCode).to.equal(0);
        expect((await cli("keys", "delete", "--", id)).exitCode).to.equal(0);
      }
      // The API's answer, for a key without the scope.
      const invocation = await cli("functions", "invocation", "echo", "-ohS27cSlnAUcMPViDD8jQ");
      expect(invocation).to.include({ exitCode: 3, out: "" });
    });

    it("leaves options and their values alone that look like ids", async () => {
      const created = await cli(...CREATE, "--key", "-bcdefghijkl", "--json");
      expect(created.exitCode, created.err).to.equal(0);
      expect((await cli("keys", "create", "--principal", "p", "--scope", "stats:read", "--payer-bnak", "x")).err).to.include(
        "unknown option '--payer-bnak'",
      );
    });

    it("functions that are there", async () => {
      expect((await both(["functions", "list"])).text).to.equal("There are none.\n");
    });
  });

  describe("ends with", () => {
    const BAD: string[][] = [
      [],
      ["transfer"],
      ["transfre"],
      ["transfer", "create"],
      ["transfer", "get"],
      ["transfer", "get", ID, "more"],
      ["transfer", "get", ".."],
      ["transfer", "list", "--limit", "0"],
      ["transfer", "list", "--limit", "1e3"],
      ["transfer", "list", "--state", "GONE"],
      ["events", "--type", "x"],
      ["keys", "create", "--principal", "shop"],
      ["keys", "create", "--principal", "shop", "--scope", "everything"],
      ["keys", "rotate", "abc", "--overlap", "-1"],
      ["functions", "create", "premiums"],
      ["functions", "create", "premiums", "--url", "http://a.example", "--module", "a.ts"],
      ["functions", "update", "premiums"],
      ["functions", "update", "premiums", "--enable", "--disable"],
      ["functions", "invoke", "premiums", "--input", "{"],
      ["banks", "list", "--api-key", "secret"],
    ];
    for (const args of BAD) {
      it(`2 for: ${args.join(" ").replace(ID, "<id>") || "nothing"}`, async () => {
        const { exitCode, out, err } = await cli(...args);
        expect([exitCode, out]).to.deep.equal([2, ""]);
        expect(err).not.to.equal("");
      });
    }

    it("0 for --help of each command, with what it is for", async () => {
      for (const args of [[], ["transfer"], ["transfer", "create"], ["functions", "create"], ["events"], ["keys", "create"]]) {
        const { exitCode, out, err } = await cli(...args, "--help");
        expect([exitCode, err]).to.deep.equal([0, ""]);
        expect(out).to.match(/^Usage: eventmachine/);
      }
    });

    it("3 where the key is not good, or not for this", async () => {
      expect(await as("forged", "banks", "list")).to.include({ exitCode: 3, out: "" });
      expect(await as("stats-key", "keys", "list")).to.include({ exitCode: 3, out: "" });
    });

    it("4 where there is no such thing, 5 where the API refuses it; nothing repeats a phone number", async () => {
      const missing = await cli("accounts", "get", UNKNOWN_PHONE);
      expect(missing).to.include({ exitCode: 4, out: "" });
      expect(missing.err).to.match(/^not-found: .*\n {2}request [0-9a-f-]{36}\n$/);
      const refused = await cli(...CREATE.with(3, "0812345678"));
      expect(refused).to.include({ exitCode: 5, out: "" });
      const unknown = await cli(...CREATE.with(5, UNKNOWN_PHONE), "--json");
      expect(unknown).to.include({ exitCode: 4, out: "" });
      const { error } = JSON.parse(unknown.err);
      expect(error).to.include({ code: "not-found", status: 404 });
      expect(error.idempotencyKey).to.match(/^[0-9a-f]{32}$/);
      const told = missing.err + refused.err + unknown.err;
      expect([...PHONE_DIGITS, "0812345678"].filter((digits) => told.includes(digits))).to.deep.equal([]);
    });

    it("6 where the API does not answer", async () => {
      await test.api.close();
      const { exitCode, err } = await cli(...CREATE);
      expect(exitCode).to.equal(6);
      expect(err).to.match(/^no-answer: .*EVENT_MACHINE_URL.*\n.*--key [0-9a-f]{32}/);
    });

    it("7 where the payee gets no money, 8 where it takes longer", async () => {
      await cli(...CREATE, "--key", "order-2");
      const [id = ""] = test.deps.entries.keys();
      expect(await cli("transfer", "wait", id, "--within", "1")).to.include({ exitCode: 8, out: "" });
      const waiting = cli(...CREATE, "--key", "order-2", "--wait", "30", "--json");
      test.deps.setView(viewOf(id, { state: "REJECTED", reason: "AM04" }));
      const { exitCode, json } = await waiting;
      expect(exitCode).to.equal(7);
      expect(json()).to.have.length(1);
      expect(json()[0]).to.deep.include({ state: "REJECTED", reason: "AM04" });
    });

    it("130 for Ctrl-C, and 0 where that is how it is meant to end", async () => {
      await cli(...CREATE, "--key", "order-3");
      const [id = ""] = test.deps.entries.keys();
      for (const [args, expected] of [
        [["transfer", "wait", id, "--within", "3000"], 130],
        [["events", "--follow", "--json"], 0],
      ] as const) {
        const abort = new AbortController();
        let asked = false;
        const { known } = test.deps.transfers;
        test.deps.transfers.known = async (of) => {
          asked = true;
          return await known(of);
        };
        test.deps.events.stream = async ({ after }) => {
          asked = true;
          return { removed: [], events: [], next: after, more: false, resetTo: undefined };
        };
        const running = runCli({ url, signal: abort.signal }, ...args);
        await until("it is under way", () => asked);
        abort.abort();
        expect((await running).exitCode, args.join(" ")).to.equal(expected);
      }
    });
  });
});

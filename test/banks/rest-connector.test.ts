import { once } from "node:events";
import type { RequestListener } from "node:http";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import { createRestConnector } from "../../src/banks/rest-connector.js";
import { AppError } from "../../src/domain/app-error.js";
import type { Posting, PostingOutcome } from "../../src/domain/posting.js";
import { until } from "../../tools/support/until.js";
import { ALICE, BOB, credit, debit, deposit, refund } from "./helpers/postings.js";
import { SILENT, startBank, startStub, type TestBank, TOKEN } from "./helpers/start-bank.js";

/** What a posting's promise came to: `posted`, the reason of the refusal, or the code of the error. */
function shortly(result: PromiseSettledResult<PostingOutcome> | undefined): unknown {
  if (result?.status === "fulfilled") return result.value.status === "posted" ? "posted" : result.value.reason;
  return result?.reason instanceof AppError ? result.reason.code : result?.reason;
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  const [result] = await Promise.allSettled([promise]);
  return result?.status === "rejected" && result.reason instanceof AppError ? result.reason.code : result;
}

describe("REST connector against a bank", () => {
  let bank: TestBank;

  beforeEach(async () => {
    bank = await startBank({ timeoutMs: 2_000, maxBatch: 3 });
  });
  afterEach(() => bank.stop());

  const postAll = async (...postings: Posting[]) => (await bank.connector.postMany(postings)).map(shortly);
  const balance = (number: string) => bank.ledger.account(number)?.balanceMinor;
  const entryCount = (reference: string) => bank.ledger.entries({ reference }).length;

  it("posts more than a batch holds, and answers in order with each its own outcome", async () => {
    const postings = [
      ...Array.from({ length: 7 }, (_, index) => debit(`${index}`, 100n)),
      debit("8", 301n),
      credit("9", 5n, "nobody"),
    ];
    const results = await bank.connector.postMany(postings);
    expect(results.map(shortly)).deep.equal([...Array.from({ length: 7 }, () => "posted"), "AM04", "AC03"]);
    expect(results.map((result) => (result.status === "fulfilled" ? result.value : undefined))).deep.equal(
      postings.map(({ reference }) => bank.ledger.find(reference)),
    );
    expect(balance(ALICE)).equal(300n);
  });

  it("answers an empty list with an empty list", async () => {
    expect(await bank.connector.postMany([])).deep.equal([]);
  });

  it("finds and closes as the bank says", async () => {
    expect(await bank.connector.find("a:debit")).equal(undefined);
    const closed = await bank.connector.close("a:debit", "AB05");
    expect(closed).include({ status: "refused", reason: "AB05" });
    expect(await bank.connector.find("a:debit")).deep.equal(closed);
    expect(await postAll(debit("a", 1n))).deep.equal(["AB05"]);
  });

  it("passes on the bank's first answer to duplicates, and to a refusal after a top-up", async () => {
    expect(await postAll(debit("a", 1n), debit("a", 1n))).deep.equal(["posted", "posted"]);
    expect(await postAll(debit("a", 1n), debit("b", 5_000n))).deep.equal(["posted", "AM04"]);
    bank.ledger.postMany([deposit("top-up", 10_000n)]);
    expect(await postAll(debit("b", 5_000n))).deep.equal(["AM04"]);
    expect(balance(ALICE)).equal(10_999n);
  });

  it("finds the answer when the reply was lost after the commit", async () => {
    for (const fault of ["dropReplyAfterCommit", "status500AfterCommit", "garbleReplyAfterCommit"]) {
      await bank.setFaults({ [fault]: 1 });
      expect(await postAll(debit(fault, 10n), debit(`${fault}-2`, 5_000n)), fault).deep.equal(["posted", "AM04"]);
      expect(entryCount(`${fault}:debit`)).equal(2);
    }
    expect(balance(ALICE)).equal(970n);
  });

  it("takes the bank's answer to a close for a posting that the bank denies when it is asked for", async () => {
    await bank.setFaults({ dropReplyAfterCommit: 1, findsNothing: 3 });
    expect(await postAll(debit("denied", 10n))).deep.equal(["posted"]);
    expect([balance(ALICE), entryCount("denied:debit")]).deep.equal([990n, 2]);
    expect(await (await bank.call("GET", "/v1/faults")).json()).deep.include({ findsNothing: 0 });
  });

  it("finds the answer when the bank is slower than the timeout", async () => {
    await bank.setFaults({ holdReplyAfterCommit: true });
    expect(await postAll(debit("a", 10n))).deep.equal(["posted"]);
  });

  it("closes what cannot be found, so that the first request, arriving later, is refused", async () => {
    await bank.setFaults({ holdBeforeCommit: true });
    expect(await postAll(debit("a", 10n))).deep.equal(["AB06"]);
    const answer = bank.ledger.find("a:debit");
    const commits = bank.ledger.commits();
    await bank.call("DELETE", "/v1/faults");
    // The first request is let go and reaches the ledger: one more transaction, without effect.
    await until("the first request reaches the ledger", () => bank.ledger.commits() > commits);
    expect(bank.ledger.commits()).equal(commits + 1);
    expect(bank.ledger.find("a:debit")).deep.equal(answer);
    expect([balance(ALICE), entryCount("a:debit")]).deep.equal([1_000n, 0]);
    expect(await postAll(debit("a", 10n))).deep.equal(["AB06"]);
  });

  it("closes what was dropped before the commit, or met a 503", async () => {
    for (const fault of ["failBeforeCommit", "status503"]) {
      await bank.setFaults({ [fault]: 1 });
      expect(await postAll(debit(fault, 10n))).deep.equal(["AB06"]);
    }
    expect(balance(ALICE)).equal(1_000n);
  });

  it("gets through when some tries to find and to close fail", async () => {
    await bank.setFaults({ on: ["post", "find"], failBeforeCommit: 3 });
    expect(await postAll(debit("a", 10n))).deep.equal(["AB06"]);
    await bank.setFaults({ on: ["find", "close"], status503: 3 });
    expect(await codeOf(bank.connector.close("b:debit", "AB05"))).equal("bank-outcome-unknown");
    expect(await bank.connector.close("b:debit", "AB05")).include({ reason: "AB05" });
  });

  it("says that it does not know when neither find nor close can be had, and the next try is told the truth", async () => {
    await bank.setFaults({ on: ["post", "find", "close"], dropReplyAfterCommit: 100 });
    const [result] = await bank.connector.postMany([debit("a", 10n)]);
    expect(shortly(result)).equal("bank-outcome-unknown");
    expect(result?.status === "rejected" && result.reason.retryable).equal(true);
    await bank.call("DELETE", "/v1/faults");
    const [again] = await postAll(debit("a", 10n));
    // The close was committed too, after the posting: the posting stands, for it was first.
    expect(again).equal("posted");
    expect(balance(ALICE)).equal(990n);
  });

  it("aims faults at one kind of posting only", async () => {
    await bank.setFaults({ kind: "credit", failBeforeCommit: 1 });
    expect(await postAll(debit("a", 10n))).deep.equal(["posted"]);
    expect(await postAll(credit("a", 10n))).deep.equal(["AB06"]);
    expect(await postAll(refund("a", 10n))).deep.equal(["posted"]);
  });

  it("refunds the debit's account exactly once, replies lost or not", async () => {
    await postAll(debit("a", 10n));
    await bank.setFaults({ dropReplyAfterCommit: 1 });
    expect(await postAll(refund("a", 10n))).deep.equal(["posted"]);
    expect(await postAll(refund("a", 10n), refund("a", 10n))).deep.equal(["posted", "posted"]);
    expect([balance(ALICE), balance(BOB)]).deep.equal([1_000n, 0n]);
  });

  it("reports what the bank does not take as a protocol error, and posts the rest of the batch", async () => {
    const bad = { ...debit("bad", 1n), currency: "baht" };
    expect(await postAll(debit("a", 1n), bad, debit("b", 1n))).deep.equal(["posted", "bank-protocol", "posted"]);
    expect(bank.ledger.find("bad:debit")).equal(undefined);
    expect(await codeOf(bank.connector.close("a:debit", "?"))).equal("bank-protocol");
  });

  it("takes a wrong token for a protocol error, never for a refusal", async () => {
    const stranger = createRestConnector({ baseUrl: bank.baseUrl, token: "wrong", timeoutMs: 2_000, logger: SILENT });
    expect((await stranger.postMany([debit("a", 1n)])).map(shortly)).deep.equal(["bank-protocol"]);
    expect(await codeOf(stranger.find("a:debit"))).equal("bank-protocol");
    expect(await codeOf(stranger.close("a:debit", "AB06"))).equal("bank-protocol");
    await stranger.shutdown();
    expect(bank.ledger.find("a:debit")).equal(undefined);
  });
});

describe("REST connector without a bank it can trust", () => {
  let cleanups: (() => Promise<void>)[] = [];

  // Here and not at the end of each test, so that a test that fails leaves nothing running either.
  afterEach(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
    cleanups = [];
  });

  const connectorTo = (baseUrl: string, options: { maxConcurrency?: number } = {}) => {
    const connector = createRestConnector({
      baseUrl,
      token: TOKEN,
      timeoutMs: 2_000,
      logger: SILENT,
      settleDelayMs: 5,
      ...options,
    });
    cleanups.push(connector.shutdown);
    return connector;
  };

  const stubBank = async (listener: RequestListener) => {
    const stub = await startStub(listener);
    cleanups.push(stub.stop);
    return stub.baseUrl;
  };

  it("says that nothing was sent when nobody listens, and asks nothing further", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    server.close();
    await once(server, "close");
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `bank.invalid:${port}`]) {
      const connector = connectorTo(`http://${host}`);
      expect((await connector.postMany([debit("a", 1n)])).map(shortly), host).deep.equal(["bank-unreachable"]);
      expect(await codeOf(connector.find("a:debit")), host).equal("bank-unreachable");
    }
  });

  it("believes no answer whose receipt says otherwise, and none about another reference", async () => {
    const receipt = (reference: string, status: string) => JSON.stringify({ reference, status });
    const answers = [
      { reference: "a:debit", status: "posted", receipt: receipt("a:debit", "refused") },
      { reference: "a:debit", status: "posted", receipt: receipt("b:debit", "posted") },
      { reference: "b:debit", status: "posted", receipt: receipt("b:debit", "posted") },
      { reference: "a:debit", status: "posted", receipt: "not JSON" },
      { reference: "a:debit", status: "posted" },
      { reference: "a:debit", status: "maybe", receipt: receipt("a:debit", "maybe") },
      { reference: "a:debit", status: "refused", receipt: receipt("a:debit", "refused") },
      { reference: "a:debit", status: "refused", reason: "because", receipt: receipt("a:debit", "refused") },
    ];
    for (const answer of answers) {
      const baseUrl = await stubBank((request, response) => {
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify(request.url === "/v1/postings" ? { outcomes: [answer] } : answer));
      });
      const connector = connectorTo(baseUrl);
      expect((await connector.postMany([debit("a", 1n)])).map(shortly), JSON.stringify(answer)).deep.equal([
        "bank-outcome-unknown",
      ]);
      expect(await codeOf(connector.find("a:debit"))).equal("bank-protocol");
    }
  });

  it("settles one by one what a batch's answer leaves out or contradicts itself on", async () => {
    const outcome = (reference: string, salt: string) => {
      const content = { reference, status: "posted" };
      const posting = { kind: "debit", account: ALICE, amount: "1", currency: "THB" };
      return { ...content, receipt: JSON.stringify({ ...content, ...posting, salt }) };
    };
    const found: string[] = [];
    const baseUrl = await stubBank((request, response) => {
      const reference = decodeURIComponent(request.url?.split("/")[3] ?? "");
      if (reference !== "") found.push(reference);
      const outcomes = [outcome("a:debit", "1"), outcome("b:debit", "1"), outcome("b:debit", "2")];
      response.end(JSON.stringify(reference === "" ? { outcomes } : outcome(reference, "found")));
    });
    const connector = connectorTo(baseUrl);
    const results = await connector.postMany([debit("a", 1n), debit("b", 1n), debit("c", 1n)]);
    expect(results.map(shortly)).deep.equal(["posted", "posted", "posted"]);
    expect(found.sort()).deep.equal(["b:debit", "c:debit"]);
  });

  for (const status of [429, 503]) {
    it(`sends nothing more for as long as the bank asks, with ${status} and Retry-After`, async () => {
      let asked = 0;
      let header = "60";
      const baseUrl = await stubBank((_request, response) => {
        asked += 1;
        response.writeHead(status, { "retry-after": header }).end();
      });
      const connector = connectorTo(baseUrl);
      const code = status === 429 ? "bank-protocol" : "bank-outcome-unknown";
      expect((await connector.postMany([debit("a", 1n)])).map(shortly)).deep.equal([code]);
      expect((await connector.postMany([debit("b", 1n)])).map(shortly)).deep.equal(["bank-unreachable"]);
      expect(await codeOf(connector.close("c:debit", "AB06"))).equal("bank-unreachable");
      expect(asked).equal(1);
      header = "0";
      const other = connectorTo(baseUrl);
      await codeOf(other.find("a:debit"));
      await codeOf(other.find("a:debit"));
      expect(asked).equal(3);
    });
  }

  it("keeps the path of its base URL, and has no more requests under way than it may", async () => {
    let underWay = 0;
    let most = 0;
    const paths = new Set<string>();
    const baseUrl = await stubBank(async (request, response) => {
      underWay += 1;
      most = Math.max(most, underWay);
      paths.add(request.url ?? "");
      await delay(5);
      underWay -= 1;
      response.writeHead(404).end();
    });
    const connector = connectorTo(`${baseUrl}/bank/`, { maxConcurrency: 4 });
    await Promise.all(Array.from({ length: 40 }, () => connector.find("a/b:debit")));
    expect([...paths]).deep.equal(["/bank/v1/postings/a%2Fb%3Adebit"]);
    expect(most).equal(4);
  });
});

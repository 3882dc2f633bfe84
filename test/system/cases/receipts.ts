import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { expect } from "chai";
import type { JSONWebKeySet } from "jose";
import type { SignedReceipt } from "../../../src/receipts/receipt.js";
import { createReceiptSigner } from "../../../src/receipts/receipt-signer.js";
import { verifyReceipt } from "../../../src/receipts/verify-receipt.js";
import { type System, transferBody } from "../../../tools/system/stack.js";

/** Signed receipts, and whether what checks them against the chain can be deceived. */
export function describeReceipts(system: () => System): void {
  describe("a receipt", () => {
    let id: string;
    let signed: SignedReceipt;
    let keys: JSONWebKeySet;
    const idempotencyKey = randomUUID();

    before(async () => {
      const { api, newPayer, newPayee } = system();
      const [payer, payee] = [await newPayer(), await newPayee()];
      id = (await api.post(transferBody(payer, payee), { key: idempotencyKey, waitSeconds: 20 })).body.id;
      signed = (await api.call<SignedReceipt>(`/v1/transfers/${id}/receipt`)).body;
      keys = (await api.call<JSONWebKeySet>("/.well-known/jwks.json")).body;
      expect(JSON.stringify(signed)).not.to.contain(payer.phone.slice(1)).and.not.to.contain(payee.account);
    });

    type How = { keys?: JSONWebKeySet; contract?: string; request?: { principal: string; idempotencyKey: string } };
    const check = async (text: string, { keys: trusted = keys, ...of }: How = {}) => {
      const { provider } = system().chain;
      return await verifyReceipt({ provider, keys: trusted }, text, { trustHeaders: false, ...of });
    };
    const verify = async (text: string, of: How = {}) => (await check(text, of)).problems;

    it("is good, and the same whenever it is asked for", async () => {
      expect(await verify(JSON.stringify(signed))).deep.equal([]);
      expect((await system().api.call(`/v1/transfers/${id}/receipt`)).body).deep.equal(signed);
    });

    it("says what was asked for beside what the chain has, and which part was checked by what", async () => {
      const { transfer, requested } = signed.receipt;
      expect(requested).deep.include({ payer: transfer.payer, payee: transfer.payee, amount: transfer.amount });
      const { checks } = await check(JSON.stringify(signed));
      expect(checks.map(({ good }) => good)).deep.equal([true, true, true, true, undefined, true, true, true]);
      expect(checks[0]?.by).equal("the issuer's keys");
      const { version: _, requested: __, ...rest } = signed.receipt;
      const older = await createReceiptSigner(`0x${"34".repeat(32)}`);
      const first = await check(JSON.stringify(await older.sign({ ...rest, version: 1 })), { keys: { keys: [...older.keys] } });
      expect(first.problems).deep.equal([]);
      expect(first.checks).deep.include({
        part: "what was asked for",
        by: "nothing: the receipt does not say it",
        good: undefined,
      });
    });

    it("is of the request that was made, and of no other", async () => {
      const text = JSON.stringify(signed);
      expect(await verify(text, { request: { principal: "bootstrap", idempotencyKey } })).deep.equal([]);
      for (const request of [
        { principal: "bootstrap", idempotencyKey: `${idempotencyKey}x` },
        { principal: "other", idempotencyKey },
      ]) {
        expect(await verify(text, { request })).deep.equal(["It is of another request than yours."]);
      }
    });

    it("is not good once anything in it is changed", async () => {
      const { receipt } = signed;
      const { requested } = receipt;
      if (requested === undefined) return expect.fail("The receipt does not say what was asked for");
      const [debit, credit] = receipt.evidence;
      const changed: [SignedReceipt["receipt"], RegExp][] = [
        [
          { ...receipt, transfer: { ...receipt.transfer, amount: { amount: "10001", currency: "THB" } } },
          /start.*something else/,
        ],
        [{ ...receipt, transfer: { ...receipt.transfer, id: `0x${"11".repeat(32)}` } }, /another transfer's/],
        [
          { ...receipt, evidence: [debit, { ...credit, hash: debit?.hash }] as typeof receipt.evidence },
          /completed.*something else/,
        ],
        [{ ...receipt, evidence: [debit, { ...credit, receipt: "{}" }] as typeof receipt.evidence }, /credit's receipt/],
        [
          { ...receipt, events: receipt.events.map((event) => ({ ...event, blockHash: `0x${"22".repeat(32)}` })) },
          /not of the chain/,
        ],
        [{ ...receipt, events: receipt.events.map((event) => ({ ...event, logIndex: 99 })) }, /not in its block/],
        [{ ...receipt, events: receipt.events.slice(0, 2).concat(receipt.events[0] as never) }, /last event/],
        [{ ...receipt, network: { ...receipt.network, chainId: "1" } }, /chain 1;/],
        [{ ...receipt, requested: { ...requested, amount: { amount: "1", currency: "THB" } } }, /was asked for 1 THB/],
        [{ ...receipt, requested: { ...requested, payee: requested.payer } }, /was asked for/],
        [{ ...receipt, requested: { ...requested, requestHash: `0x${"55".repeat(32)}` } }, /id is not of its request/],
        [{ ...receipt, issuer: "another" }, /id is not of its request/],
        [{ ...receipt, requested: { ...requested, detailsHash: `0x${"55".repeat(32)}` } }, /start.*something else/],
      ];
      for (const [other, problem] of changed) {
        const problems = await verify(JSON.stringify({ ...signed, receipt: other }));
        expect(problems.join("\n"), String(problem))
          .match(/What was signed/)
          .and.match(problem);
        // Signed by whoever forged it, it is still not what the chain says.
        const forger = await createReceiptSigner(`0x${"33".repeat(32)}`);
        const forged = await verify(JSON.stringify(await forger.sign(other)), { keys: { keys: [...forger.keys] } });
        expect(forged.join("\n")).match(problem);
      }
      expect(await verify(JSON.stringify(signed), { keys: { keys: [] } })).deep.equal([
        "The signature is not good under any of the keys.",
      ]);
      expect(await verify(JSON.stringify(signed), { contract: `0x${"44".repeat(20)}` })).have.length(1);
      expect(await verify("{")).deep.equal(["This is no signed receipt."]);
    });

    it("is printed as a PDF with the signed receipt attached", async () => {
      const response = await fetch(`${system().stack.apiUrl}/v1/transfers/${id}/receipt`, {
        headers: { accept: "application/pdf", authorization: `Bearer ${system().stack.secrets.apiKey}` },
      });
      expect(response.headers.get("content-type")).equal("application/pdf");
      const pdf = Buffer.from(await response.arrayBuffer()).toString("latin1");
      expect(pdf)
        .match(/^%PDF-1\./)
        .and.contain("receipt.json")
        .and.contain("EmbeddedFile")
        .and.contain("/Image");
    });

    it("is checked from the command line: 0 for a good one, 9 for another, 2 for wrong arguments, 6 if it cannot be told", async () => {
      const { apiUrl, dataDir, ports } = system().stack;
      const file = join(dataDir, "receipt.json");
      await writeFile(file, JSON.stringify(signed));
      await writeFile(join(dataDir, "bad.json"), JSON.stringify({ ...signed, jws: `${signed.jws.slice(0, -4)}AAAA` }));
      const rpc = ["--rpc", `http://127.0.0.1:${ports.chain}`];
      const keysFrom = ["--keys", `${apiUrl}/.well-known/jwks.json`];
      const command = (...args: string[]) =>
        new Promise<[number, string]>((resolve) => {
          const argv = ["--import", "tsx", "scripts/ops/eventmachine.ts", "--json", "verify-receipt", ...args];
          const child = execFile(process.execPath, argv, (_error, stdout) => resolve([child.exitCode ?? -1, stdout]));
        });
      const [good, bad, wrong, unknown] = await Promise.all([
        command(file, ...rpc, ...keysFrom),
        command(join(dataDir, "bad.json"), ...rpc, ...keysFrom),
        command(file, ...rpc),
        command(file, "--rpc", `${apiUrl}/healthz`, ...keysFrom),
      ]);
      expect([good[0], bad[0], wrong[0], unknown[0]]).deep.equal([0, 9, 2, 6]);
      expect(JSON.parse(good[1])).deep.include({ good: true, id });
      expect(JSON.parse(bad[1])).deep.include({ good: false });
    });
  });
}

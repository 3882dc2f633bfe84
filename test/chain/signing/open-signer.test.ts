import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { expect } from "chai";
import { encryptKeystoreJson, Wallet } from "ethers";
import type { Start } from "../../../src/chain/contracts/call-codec.js";
import { DEFAULT_SENDER_OPTIONS } from "../../../src/chain/sending/batch-sender.js";
import { createStartSender } from "../../../src/chain/sending/transition-senders.js";
import { openSigner } from "../../../src/chain/signing/open-signer.js";
import type { TransactionSigner } from "../../../src/chain/signing/transaction-signer.js";
import { AppError, type ErrorCode } from "../../../src/domain/app-error.js";
import { recordingLogger } from "../../../tools/support/logger.js";
import { PAYEE_BANK, PAYER_BANK, startTestChain, type TestChain } from "../../support/chain.js";
import { startSignerServer } from "../../support/signer-server.js";

const PASSWORD = "correct horse battery staple";
// The parameters that geth writes with: what they cost is the point of them.
const SCRYPT = { N: 262_144, r: 8, p: 1 };
const CHAIN_ID = 31_337n;

describe("the signer of a key", function () {
  this.timeout(120_000);
  let testChain: TestChain;
  let deadlineSeconds: number;
  before(async () => {
    testChain = await startTestChain();
    deadlineSeconds = ((await testChain.chain.provider.getBlock("latest"))?.timestamp ?? 0) + 3_600;
  });
  after(() => testChain.close());

  const key = () => testChain.secrets.initiatorKey;
  const address = () => new Wallet(key()).address;

  /** Starts a transfer with a signer; all that was logged, and what came of it. */
  async function start(signer: TransactionSigner) {
    const { logger, lines } = recordingLogger();
    const { provider, deployment } = testChain.chain;
    const { send } = createStartSender({ signer, provider, deployment, logger }, DEFAULT_SENDER_OPTIONS);
    const item: Start = {
      ...testChain.newRequest(),
      payerBank: PAYER_BANK,
      payeeBank: PAYEE_BANK,
      currencyNumeric: 764,
      amountMinor: 5n,
      deadlineSeconds,
      details: new Uint8Array(),
    };
    const [outcome] = await Promise.allSettled([send(item)]);
    return { outcome, said: JSON.stringify(lines) };
  }

  async function code(work: Promise<unknown>): Promise<ErrorCode | undefined> {
    const error: unknown = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error !== undefined && !(error instanceof AppError)) throw error;
    return error?.code;
  }

  describe("in an encrypted keystore", () => {
    let keystore: string;
    before(async () => {
      keystore = await encryptKeystoreJson({ address: address(), privateKey: key() }, PASSWORD, { scrypt: SCRYPT });
    });

    it("signs once its password has opened it, and neither is logged", async () => {
      const { outcome, said } = await start(await openSigner({ kind: "keystore", keystore, password: PASSWORD }));
      expect(outcome).to.have.nested.property("value.applied", true);
      for (const secret of [PASSWORD, key(), key().slice(2)]) expect(said).not.to.include(secret);
    });

    it("stays shut to another password, and the error repeats nothing", async () => {
      const error = await openSigner({ kind: "keystore", keystore, password: "wrong horse" }).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(AppError).with.property("code", "config-invalid");
      expect((error as AppError).message).to.include("password is wrong");
      expect((error as AppError).cause).to.equal(undefined);
      expect((error as AppError).message).not.to.include("horse");
    });

    it("is refused when it is damaged", async () => {
      const { crypto: _crypto, Crypto: _Crypto, ...damaged } = JSON.parse(keystore) as Record<string, unknown>;
      const opened = openSigner({ kind: "keystore", keystore: JSON.stringify(damaged), password: PASSWORD });
      expect(await code(opened)).to.equal("config-invalid");
    });
  });

  describe("in another process, by web3signer's API", () => {
    let signer: ChildProcess;
    let url: string;
    before(async () => {
      const args = ["--import", "tsx", "test/support/signer-process.ts", key(), String(CHAIN_ID)];
      signer = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
      const [line] = (await once(signer.stdout as NonNullable<typeof signer.stdout>, "data")) as [Buffer];
      url = line.toString().trim();
    });
    after(async () => {
      signer.kill();
      await once(signer, "exit");
    });

    it("signs what the chain takes, and the key is not here", async () => {
      const remote = await openSigner({ kind: "remote", url, address: address().toLowerCase() });
      expect(remote.address).to.equal(address());
      const { outcome, said } = await start(remote);
      expect(outcome).to.have.nested.property("value.applied", true);
      expect(said).not.to.include(key().slice(2));
    });

    it("is refused at the start for an address whose key it does not hold", async () => {
      const other = Wallet.createRandom().address;
      expect(await code(openSigner({ kind: "remote", url, address: other }))).to.equal("signer-refused");
    });
  });

  describe("at a signer that is not to be trusted", () => {
    const cases: [string, Partial<Parameters<typeof startSignerServer>[0]>, ErrorCode][] = [
      ["signs with another key", { key: Wallet.createRandom().privateKey }, "signer-refused"],
      ["signs for another chain", { chainId: 1n }, "signer-refused"],
      ["signs another call", { tamper: (request) => ({ ...request, data: "0x" }) }, "signer-refused"],
      ["signs a payment", { tamper: (request) => ({ ...request, value: "0x1" }) }, "signer-refused"],
      ["signs a higher fee", { tamper: (request) => ({ ...request, maxFeePerGas: "0xffffffffffff" }) }, "signer-refused"],
      ["answers that it will not", { answer: onlySigning(400, '{"error":{"code":-32000,"message":"no"}}') }, "signer-refused"],
      ["answers with no transaction", { answer: onlySigning(200, '{"result":"0x1234"}') }, "signer-refused"],
    ];
    for (const [what, options, expected] of cases) {
      it(`nothing is sent if it ${what}`, async () => {
        const server = await startSignerServer({ key: key(), chainId: CHAIN_ID, poseAs: address(), ...options });
        const before = await testChain.chain.provider.getTransactionCount(address(), "pending");
        const { outcome } = await start(await openSigner({ kind: "remote", url: server.url, address: address() }));
        expect(outcome).to.have.nested.property("reason.code", expected);
        expect(await testChain.chain.provider.getTransactionCount(address(), "pending")).to.equal(before);
        await server.close();
      });
    }

    it("it is asked again while it is broken, and the transaction goes out once it is not", async () => {
      let broken = 2;
      const answer = (method: string) =>
        method === "eth_signTransaction" && broken-- > 0 ? { status: 502, body: "<html>bad gateway</html>" } : undefined;
      const server = await startSignerServer({ key: key(), chainId: CHAIN_ID, answer });
      const { outcome } = await start(await openSigner({ kind: "remote", url: server.url, address: address() }));
      expect(outcome).to.have.nested.property("value.applied", true);
      expect(server.asked).to.have.length(1);
      await server.close();
    });

    it("one that never answers is given up after a few seconds", async () => {
      const server = await startSignerServer({ key: key(), chainId: CHAIN_ID, answer: () => "never" });
      expect(await code(openSigner({ kind: "remote", url: server.url, address: address() }))).to.equal("signer-unavailable");
      await server.close();
      expect(await code(openSigner({ kind: "remote", url: server.url, address: address() }))).to.equal("signer-unavailable");
    });
  });
});

function onlySigning(status: number, body: string) {
  return (method: string) => (method === "eth_signTransaction" ? { status, body } : undefined);
}

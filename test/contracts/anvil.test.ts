import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { expect } from "chai";
import hre, { network } from "hardhat";
import { anvilPath } from "../../scripts/stack/anvil.js";
import { deployNetwork } from "./support/network.js";
import { EVIDENCE, NO_REASON, REASON, startOf } from "./support/transfers.js";

const READY_TIMEOUT_MS = 30_000;
const ACCOUNTS = "24";

describe("the contracts on Anvil, over JSON-RPC", () => {
  let anvil: ChildProcess | undefined;
  let url: string;

  before(async function () {
    this.timeout(READY_TIMEOUT_MS);
    const path = anvilPath();
    // There is no Anvil for every platform, and code instrumented for coverage is larger than it allows (EIP-170).
    if (path === undefined || hre.globalOptions.coverage) this.skip();
    // Port 0 has the system choose one that is free; Anvil says which.
    const args = ["--port", "0", "--host", "127.0.0.1", "--hardfork", "osaka", "--accounts", ACCOUNTS];
    anvil = spawn(path, args, { stdio: ["ignore", "pipe", "inherit"] });
    url = await listening(anvil);
  });

  after(async () => {
    if (anvil === undefined || anvil.exitCode !== null || !anvil.kill()) return;
    await once(anvil, "exit");
  });

  it("carry transfers to their ends, strict and batched, and refuse what they must", async () => {
    const connection = await network.create({ network: "local", chainType: "l1", override: { url } });
    try {
      const n = await deployNetwork(connection.ethers);
      const now = (await n.ethers.provider.getBlock("latest"))?.timestamp ?? 0;
      const repo = n.transferStateRepo;
      const [paid, returned, stray] = [startOf(now), startOf(now), startOf(now)];
      const done = async (sent: Promise<{ wait(): Promise<unknown> }>) => void (await (await sent).wait());
      await done(repo.connect(n.initiator).startBatch([paid, returned]));
      await done(repo.connect(n.legs.payer).markPending(paid.id, EVIDENCE));
      const outcome = (id: typeof paid.id, to: number, reason: string) => ({ id, to, reason, evidence: EVIDENCE });
      await done(repo.connect(n.legs.payer).advance([outcome(returned.id, 2, NO_REASON), outcome(stray.id, 2, NO_REASON)]));
      await done(repo.connect(n.legs.payee).advance([outcome(paid.id, 3, NO_REASON), outcome(returned.id, 5, REASON)]));
      await done(repo.connect(n.legs.payer).markReversed(returned.id, EVIDENCE));
      const phases = (await repo.getMany([paid.id, returned.id, stray.id])).map(({ phase }) => phase);
      expect(phases).to.deep.equal([3n, 6n, 0n]);
      expect(await repo.sequence()).to.equal(8n);
      await expect(repo.connect(n.legs.payer).complete.staticCall(paid.id, EVIDENCE)).to.be.revertedWithCustomError(
        repo,
        "TransferUnexpectedState",
      );
    } finally {
      await connection.close();
    }
  });
});

/** The URL at which a node that was just started answers. */
async function listening(node: ChildProcess): Promise<string> {
  let output = "";
  for await (const chunk of node.stdout ?? []) {
    output += String(chunk);
    const address = /Listening on (\S+)/.exec(output)?.[1];
    if (address !== undefined) {
      node.stdout?.resume();
      return `http://${address}`;
    }
  }
  throw new Error(`Anvil did not start: ${output}`);
}

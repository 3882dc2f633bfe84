import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { expect } from "chai";
import hre, { network } from "hardhat";
import { anvilOfFork } from "../../scripts/stack/anvil.js";
import { ganacheCommand, ganachePath } from "../../scripts/stack/ganache.js";
import { freePorts } from "../../scripts/stack/ports.js";
import { waitForNode } from "../../scripts/stack/wait-for-node.js";
import { deployNetwork } from "../../tools/contracts/network.js";
import { EVIDENCE, NO_REASON, REASON, startOf } from "../../tools/contracts/transfers.js";

// npm may have to fetch Ganache first. The limit is for a test that hangs: a slow machine fails none.
const TIMEOUT_MS = 240_000;
const ACCOUNTS = 24;

/** The command that runs a node at a port; undefined where this machine has no such node. */
type NodeCommand = (port: number) => Promise<string[] | undefined>;

const NODES: Record<string, NodeCommand> = {
  "Anvil with the rules of Paris": async (port) => anvilOfFork(port, { hardfork: "paris", accounts: ACCOUNTS }),
  "Anvil with the rules of Osaka": async (port) => anvilOfFork(port, { hardfork: "osaka", accounts: ACCOUNTS }),
  "Ganache 7.9.2 with the rules of The Merge": async (port) => {
    const path = await ganachePath();
    return path === undefined ? undefined : ganacheCommand(path, { port, accounts: ACCOUNTS });
  },
};

for (const [name, commandOf] of Object.entries(NODES)) {
  describe(`the contracts on ${name}, over JSON-RPC`, () => {
    let node: ChildProcess | undefined;
    let url: string;

    before(async function () {
      this.timeout(TIMEOUT_MS);
      // Code instrumented for coverage is larger than a node allows (EIP-170).
      if (hre.globalOptions.coverage) this.skip();
      const { chain: port } = await freePorts();
      const [file, ...args] = (await commandOf(port)) ?? [];
      if (file === undefined) {
        console.log(`skipped: no ${name.split(" ")[0]?.toLowerCase()}`);
        this.skip();
      }
      node = spawn(file, args, { stdio: "ignore" });
      url = `http://127.0.0.1:${port}`;
      await waitForNode(node, url);
    });

    after(async () => {
      if (node === undefined || node.exitCode !== null || !node.kill()) return;
      await once(node, "exit");
    });

    it("carry transfers to their final states, strict and batched, and refuse a report out of turn", async () => {
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
    }).timeout(TIMEOUT_MS);
  });
}

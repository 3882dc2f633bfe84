import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { expect } from "chai";
import { JsonRpcProvider } from "ethers";
import { anvilPath } from "../../scripts/stack/anvil.js";
import { chainService } from "../../scripts/stack/chain-service.js";
import { takeFreePort } from "../../scripts/stack/free-ports.js";
import { createSupervisor } from "../../scripts/stack/supervisor.js";

const BLOCKS = 40;

describe("the local chain's clock", function () {
  this.timeout(180_000);
  this.slow(30_000);
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "event-machine-test-"));
  });

  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  for (const chain of ["hardhat", "anvil"] as const) {
    it(`stamps a block of ${chain} with the second of this machine in which it was mined`, async function () {
      if (chain === "anvil" && anvilPath() === undefined) {
        process.stdout.write("skipped: there is no Anvil for this platform\n");
        return this.skip();
      }
      const port = await takeFreePort();
      const supervisor = createSupervisor({ logDir: folder, cwd: process.cwd() });
      const provider = new JsonRpcProvider(`http://127.0.0.1:${port}`);
      try {
        await supervisor.run(chainService({ root: process.cwd(), port, chain, cacheFolder: join(folder, "anvil") }));
        // A node whose every block is a second after the one before would be ahead by now.
        for (let block = 0; block < BLOCKS; block += 1) await provider.send("evm_mine", []);
        const before = Math.floor(Date.now() / 1_000);
        await provider.send("evm_mine", []);
        const block = await provider.getBlock("latest");
        expect(block?.timestamp).within(before, Math.floor(Date.now() / 1_000));
      } finally {
        provider.destroy();
        await supervisor.stop("chain");
      }
    });
  }
});

/**
 * Puts a successor in the place of a deployment's TransferStateRepo:
 * `npm run migrate-successor -- --deployment deployment.json --out successor.json --rpc http://127.0.0.1:8545`, with the admin's key in
 * ADMIN_PRIVATE_KEY. Stops the starts at once; ends with 2 while transfers are open there: run it again later.
 */
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { JsonRpcProvider, Network, Wallet } from "ethers";
import { readDeployment } from "../../src/chain/deployment.js";
import { readMigrationConfig } from "../../src/config/config.js";
import { AppError } from "../../src/domain/app-error.js";
import { runScript } from "../run-script.js";
import { migrateToSuccessor } from "./migrate-successor-steps.js";

const { values } = parseArgs({
  options: {
    deployment: { type: "string" },
    out: { type: "string" },
    rpc: { type: "string", default: "http://127.0.0.1:8545" },
  },
});
await runScript(async () => {
  const { ADMIN_PRIVATE_KEY } = readMigrationConfig();
  const { deployment: file, out, rpc } = values;
  if (file === undefined || out === undefined) throw new AppError("config-invalid", "Give --deployment <file> and --out <file>.");
  // Two successors of one contract could each start a transfer that the other knows.
  if (existsSync(out)) throw new AppError("config-invalid", `${out} is there already: the migration was done. Use that file.`);
  const deployment = await readDeployment(file);
  // What a node said of the next nonce is not remembered: it is another one a moment later.
  const network = { staticNetwork: Network.from(BigInt(deployment.chainId)), cacheTimeout: -1 };
  const provider = new JsonRpcProvider(rpc, undefined, network);
  try {
    const admin = new Wallet(ADMIN_PRIVATE_KEY, provider);
    const migration = await migrateToSuccessor(admin, deployment.contracts.transferStateRepo, deployment);
    if (migration.done) {
      const contracts = { ...deployment.contracts, transferStateRepo: migration.successor };
      const successor = { ...deployment, fromBlock: migration.fromBlock, contracts };
      await writeFile(out, `${JSON.stringify(successor, undefined, 2)}\n`);
      console.log(`The successor is ${migration.successor}, from sequence ${migration.sequence} on; written to ${out}`);
    } else {
      console.log(`Starts are stopped; ${migration.openTransfers.length} transfers are open still:`);
      for (const id of migration.openTransfers) console.log(id);
      process.exitCode = 2;
    }
  } finally {
    provider.destroy();
  }
});

/**
 * Puts a successor in the place of a deployment's TransferStateRepo:
 * `npm run migrate-successor -- --deployment deployment.json --out successor.json --rpc http://127.0.0.1:8545`, with the admin's key in
 * ADMIN_PRIVATE_KEY. Stops the starts at once; ends with 2 while transfers are open there: run it again later.
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { JsonRpcProvider, Wallet } from "ethers";
import { readDeployment } from "../src/chain/deployment.js";
import { readMigrationConfig } from "../src/config/config.js";
import { migrateToSuccessor } from "./migrate-successor-steps.js";

const { values } = parseArgs({
  options: {
    deployment: { type: "string" },
    out: { type: "string" },
    rpc: { type: "string", default: "http://127.0.0.1:8545" },
  },
});
const { ADMIN_PRIVATE_KEY } = readMigrationConfig();
if (values.deployment === undefined || values.out === undefined) throw new Error("Give --deployment <file> and --out <file>.");

const provider = new JsonRpcProvider(values.rpc);
try {
  const deployment = await readDeployment(values.deployment);
  const migration = await migrateToSuccessor(
    new Wallet(ADMIN_PRIVATE_KEY, provider),
    deployment.contracts.transferStateRepo,
    deployment,
  );
  if (migration.done) {
    const contracts = { ...deployment.contracts, transferStateRepo: migration.successor };
    const successor = { ...deployment, fromBlock: migration.fromBlock, contracts };
    await writeFile(values.out, `${JSON.stringify(successor, undefined, 2)}\n`);
    console.log(`The successor is ${migration.successor}, from sequence ${migration.sequence} on; written to ${values.out}`);
  } else {
    console.log(`Starts are stopped; ${migration.openTransfers.length} transfers are open still:`);
    for (const id of migration.openTransfers) console.log(id);
    process.exitCode = 2;
  }
} finally {
  provider.destroy();
}

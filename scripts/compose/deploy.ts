import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { assertExpectedChain, connectChain } from "../../src/chain/connect-chain.js";
import { readDeployment } from "../../src/chain/deployment.js";
import { AppError } from "../../src/domain/app-error.js";
import { admitToNetwork, deployNetwork } from "../ops/deploy-network.js";
import { setChainClock } from "../stack/chain-clock.js";
import { DEMO_BANKS, LEGACY_BANK } from "../stack/demo-network.js";
import { loadSecrets, membersOf } from "../stack/secrets.js";
import { loadReplicas, membersWith } from "./replicas.js";
import { writeServiceSecrets } from "./service-secrets.js";

// node --import tsx scripts/compose/deploy.ts <chain URL> <secrets folder> <deployment file> [replicas, with commas between] [--legacy-bank]
//
// The one-shot service `deploy`: runs at each `docker compose up`. Makes the secrets at the first; deploys where the chain does not
// hold what the deployment file says, and leaves alone what is there, but for replicas and a third bank that are new: these it lets in.
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { "legacy-bank": { type: "boolean", default: false } },
});
const legacyBank = values["legacy-bank"];
const [chainUrl, secretsFolder, deploymentFile, replicaNames = ""] = positionals;
if (chainUrl === undefined || secretsFolder === undefined || deploymentFile === undefined) {
  throw new Error("usage: deploy <chain URL> <secrets folder> <deployment file> [replicas] [--legacy-bank]");
}

const banks = [...DEMO_BANKS, ...(legacyBank ? [LEGACY_BANK] : [])];
const secrets = await loadSecrets(
  join(secretsFolder, "deploy/secrets.json"),
  banks.map((bank) => bank.id),
);
const names = replicaNames.split(",").filter((name) => name !== "");
const replicas = await loadReplicas(join(secretsFolder, "deploy/replicas.json"), names);
await writeServiceSecrets(secretsFolder, secrets, { replicas, legacyBank });
const bankNames = Object.fromEntries(banks.map(({ id, name }) => [id, name]));
const members = membersWith(replicas, membersOf(secrets), bankNames);

await setChainClock(chainUrl);
const known = existsSync(deploymentFile);
if (known && (await isDeployed(chainUrl, deploymentFile))) {
  say("the contracts are on the chain already");
  if (replicas.length > 0 || legacyBank)
    await admitToNetwork({ network: "local", url: chainUrl }, await readDeployment(deploymentFile), members);
} else {
  const domain = `0x${randomBytes(32).toString("hex")}`;
  const options = { network: "local", url: chainUrl, domain, deploymentId: `compose-${domain.slice(2, 10)}`, deploymentFile };
  const { contracts } = await deployNetwork(options, members, say);
  say(`deployed: ${JSON.stringify(contracts)}, domain ${domain}`);
  if (known) {
    say(
      "The chain is a new one: it is kept in memory only, and was started anew. The transfers of the old one are known to PostgreSQL " +
        "and to the banks only. Until you decide, the watcher refuses to throw PostgreSQL's projection of them away. To go on with " +
        "the new chain: docker compose down, then REBUILD_ON_FOREIGN_CHAIN=true docker compose up -d",
    );
  }
}

async function isDeployed(url: string, file: string): Promise<boolean> {
  const chain = connectChain(url, await readDeployment(file));
  try {
    await assertExpectedChain(chain);
    return true;
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "chain-unexpected") throw error;
    say(error.message);
    return false;
  } finally {
    chain.close();
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import hre from "hardhat";
import { readDeployConfig } from "../../src/config/config.js";
import { deployNetwork } from "./deploy-network.js";
import { readMembers } from "./members.js";

// npx hardhat run scripts/ops/deploy.ts --network target (with CHAIN_RPC_URL, DEPLOYER_PRIVATE_KEY, MEMBERS_FILE, DEPLOYMENT_FILE)
const config = readDeployConfig();
const domain = config.DOMAIN === "" ? `0x${randomBytes(32).toString("hex")}` : config.DOMAIN;
const { contracts } = await deployNetwork(
  {
    network: hre.globalOptions.network ?? "local",
    domain,
    deploymentId: `event-machine-${domain.slice(2, 10)}`,
    deploymentFile: resolve(config.DEPLOYMENT_FILE),
  },
  await readMembers(config.MEMBERS_FILE),
  (line) => process.stdout.write(`${line}\n`),
);
process.stdout.write(`${JSON.stringify(contracts, null, 2)}\nwritten to ${config.DEPLOYMENT_FILE}; domain ${domain}\n`);

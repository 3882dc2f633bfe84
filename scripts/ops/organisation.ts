import process from "node:process";
import { pino } from "pino";
import { assertExpectedChain, connectChain } from "../../src/chain/connect-chain.js";
import { readDeployment } from "../../src/chain/deployment.js";
import { openSigner } from "../../src/chain/signing/open-signer.js";
import { readOrganisationConfig } from "../../src/config/config.js";
import { AppError } from "../../src/domain/app-error.js";
import { administerOrganisation, READING, USAGE } from "./organisation-steps.js";

// npm run organisation -- <command>: what an organisation's admin does on the chain, e.g. for a new initiator's key; see USAGE. The
// environment says which organisation, on which chain, and with whose key: ORGANISATION, CHAIN_RPC_URL, DEPLOYMENT_FILE, ADMIN_….

try {
  const args = process.argv.slice(2);
  const config = readOrganisationConfig({ needsKey: !READING.includes(args[0] ?? "") });
  const chain = connectChain(config.CHAIN_RPC_URL, await readDeployment(config.DEPLOYMENT_FILE));
  try {
    await assertExpectedChain(chain);
    const signer = config.adminKey && (await openSigner(config.adminKey));
    const fees = { priorityFeeWei: config.PRIORITY_FEE_PER_GAS_WEI, capWei: config.MAX_FEE_PER_GAS_WEI };
    const deps = { chain, signer, fees, logger: pino({ level: "warn" }, pino.destination(2)) };
    process.stdout.write(`${await administerOrganisation(deps, config.ORGANISATION, args)}\n`);
  } finally {
    chain.close();
  }
} catch (error) {
  if (!(error instanceof AppError)) throw error;
  process.stderr.write(`${error.message}\n${error.code === "invalid-request" ? USAGE : ""}`);
  process.exitCode = 1;
}

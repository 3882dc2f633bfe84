import process from "node:process";
import { pino } from "pino";
import { assertExpectedChain, connectChain } from "../../src/chain/connect-chain.js";
import { readDeployment } from "../../src/chain/deployment.js";
import { openSigner } from "../../src/chain/signing/open-signer.js";
import { readBankConfig } from "../../src/config/config.js";
import { AppError } from "../../src/domain/app-error.js";
import { administerBank, USAGE } from "./bank-steps.js";

// npm run bank -- <command>: what a bank's admin does on the chain, e.g. for a new key; see USAGE. The environment says which bank, on
// which chain, and with whose key: BANK_ID, CHAIN_RPC_URL, DEPLOYMENT_FILE, ADMIN_PRIVATE_KEY (or a keystore, or a signer).

try {
  const config = readBankConfig();
  const chain = connectChain(config.CHAIN_RPC_URL, await readDeployment(config.DEPLOYMENT_FILE));
  try {
    await assertExpectedChain(chain);
    const fees = { priorityFeeWei: config.PRIORITY_FEE_PER_GAS_WEI, capWei: config.MAX_FEE_PER_GAS_WEI };
    const deps = { chain, signer: await openSigner(config.adminKey), logger: pino({ level: "warn" }, pino.destination(2)) };
    const said = await administerBank(deps, config.BANK_ID, fees, process.argv.slice(2));
    process.stdout.write(`${said}\n`);
  } finally {
    chain.close();
  }
} catch (error) {
  if (!(error instanceof AppError)) throw error;
  process.stderr.write(`${error.message}\n${error.code === "invalid-request" ? USAGE : ""}`);
  process.exitCode = 1;
}

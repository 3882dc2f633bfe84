/**
 * Holds a deployment against the table of who may call what, after it was made and before it is used:
 * `npm run verify-deployment -- --deployment deployment.json --rpc http://127.0.0.1:8545 [--production]`. Prints every selector with
 * its role; ends with 1 if anything is wrong.
 */
import { parseArgs } from "node:util";
import { JsonRpcProvider, Network } from "ethers";
import { readDeployment } from "../../src/chain/deployment.js";
import { runScript } from "../run-script.js";
import { checkDeployment } from "./verify-deployment-check.js";

const { values } = parseArgs({
  options: {
    deployment: { type: "string", default: ".eventmachine/deployment.json" },
    rpc: { type: "string", default: "http://127.0.0.1:8545" },
    production: { type: "boolean", default: false },
  },
});

await runScript(async () => {
  const deployment = await readDeployment(values.deployment);
  const provider = new JsonRpcProvider(values.rpc, undefined, { staticNetwork: Network.from(BigInt(deployment.chainId)) });
  try {
    const { rows, problems } = await checkDeployment(deployment, provider, { production: values.production });
    for (const { contract, signature, selector, who } of rows) console.log(`${selector}  ${contract}.${signature}  ${who}`);
    for (const problem of problems) console.error(`WRONG: ${problem}`);
    console.log(problems.length === 0 ? `${rows.length} selectors, nothing wrong` : `${problems.length} problems`);
    process.exitCode = problems.length === 0 ? 0 : 1;
  } finally {
    provider.destroy();
  }
});

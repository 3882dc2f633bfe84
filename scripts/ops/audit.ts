import process from "node:process";
import { parseArgs } from "node:util";
import { JsonRpcProvider } from "ethers";
import { type Deployment, readDeployment } from "../../src/chain/deployment.js";
import { type AuditedBlock, readBlock } from "../../src/receipts/read-block.js";
import { createProgress } from "../check/bench/progress.js";
import { runScript } from "../run-script.js";
import { compareExport, type ExportHead, readHead, writeExport } from "./audit/export-file.js";
import { createRecount, type Recount } from "./audit/recount.js";
import { type Summary, summarize } from "./audit/summary.js";

const USAGE = `npm run audit -- [--rpc <url>] [--deployment <file>] [--to <block>] [--export <file> | --verify <file>] [--json]

Counts every transfer again from the chain's blocks alone: how many, in which state, how many a second of block time. Nothing is
believed that a block's hash does not prove: headers, their chain, and receipts are hashed again. Shares no code with the services.

--export <file>    writes every transfer with its steps, a line of JSON each; refuses a file that is there
--verify <file>    compares an export with the blocks; exit code 1 and the lines that differ, if one was tampered with
--to <block>       the last block; the newest unless told, an export's own with --verify
--trust-headers    for chains that hash headers in another way (Besu's QBFT and IBFT): their hash is taken from the node
--rpc, --deployment  by default those of npm start
`;

const BLOCKS_AHEAD = 16;

const { values } = arguments_();

function arguments_() {
  try {
    return parseArgs({
      options: {
        rpc: { type: "string", default: "http://127.0.0.1:8545" },
        deployment: { type: "string", default: ".eventmachine/deployment.json" },
        to: { type: "string" },
        export: { type: "string" },
        verify: { type: "string" },
        json: { type: "boolean", default: false },
        "trust-headers": { type: "boolean", default: false },
      },
    });
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

await runScript(async () => {
  if (!/^[0-9]{1,12}$/.test(values.to ?? "0") || (values.export !== undefined && values.verify !== undefined)) {
    process.stderr.write(USAGE);
    process.exit(2);
  }
  const deployment = await readDeployment(values.deployment);
  const provider = new JsonRpcProvider(values.rpc, undefined, { staticNetwork: true, cacheTimeout: -1, batchMaxCount: 100 });
  try {
    const expected = values.verify === undefined ? undefined : await readHead(values.verify);
    const to = expected?.toBlock ?? Number(values.to ?? (await provider.send("eth_blockNumber", [])));
    const { head, recount } = await audit(provider, deployment, to);
    const summary = summarize(recount, head.toBlock - head.fromBlock + 1);
    if (values.export !== undefined) await writeExport(values.export, head, recount.transfers.values());
    const found = values.verify === undefined ? undefined : await compareExport(values.verify, head, recount.transfers.values());
    process.stdout.write(
      values.json ? `${JSON.stringify({ ...head, ...summary, differences: found })}\n` : report(head, summary),
    );
    if (found === undefined) return;
    process.exitCode = found.count === 0 ? 0 : 1;
    if (!values.json) process.stdout.write(found.count === 0 ? "The export is what the blocks say.\n" : tampered(found));
  } finally {
    provider.destroy();
  }
});

async function audit(
  provider: JsonRpcProvider,
  deployment: Deployment,
  toBlock: number,
): Promise<{ head: ExportHead; recount: Recount }> {
  const progress = createProgress("audit");
  const { fromBlock, contracts, chainId } = deployment;
  const recount = createRecount();
  const how = { contract: contracts.transferStateRepo, trustHeaders: values["trust-headers"] };
  let parent: string | undefined;
  const ahead: Promise<AuditedBlock>[] = [];
  for (let number = fromBlock, next = fromBlock; number <= toBlock; number += 1) {
    for (; next <= toBlock && ahead.length < BLOCKS_AHEAD; next += 1) {
      const reading = readBlock(provider, next, how);
      // It is awaited in its turn, unless one before it has failed.
      reading.catch(() => undefined);
      ahead.push(reading);
    }
    const block = (await ahead.shift()) as AuditedBlock;
    if (parent !== undefined && block.parentHash !== parent) {
      throw new Error(
        `Block ${number} does not follow on block ${number - 1}; if the chain was reorganised meanwhile, try again.`,
      );
    }
    recount.add(block);
    parent = block.hash;
    progress.update((number - fromBlock + 1) / (toBlock - fromBlock + 1), `block ${number} of ${toBlock}`);
  }
  progress.end(`${toBlock - fromBlock + 1} blocks`);
  const head = { contract: contracts.transferStateRepo, chainId, fromBlock, toBlock, toBlockHash: parent ?? "" };
  return { head, recount };
}

function report(head: ExportHead, { transfers, byState, events, completedPerSecond: rate, seconds }: Summary): string {
  const row = (name: string, value: string | number) => `  ${name.padEnd(26)} ${value}\n`;
  const states = Object.entries(byState).map(([state, count]) => row(`  ${state}`, count));
  return [
    `\nBlocks ${head.fromBlock} to ${head.toBlock}, whose hash is ${head.toBlockHash}:\n`,
    row("transfers", transfers),
    ...states,
    row("events", events),
    ...(rate === undefined
      ? []
      : [
          row("completed a second, mean", `${rate.mean.toFixed(1)} over ${seconds} s of block time`),
          row("  median of such seconds", rate.median),
          row("  highest", `${rate.highest}, at ${rate.highestAt}`),
        ]),
  ].join("");
}

function tampered({ count, first }: { count: number; first: string[] }): string {
  return `THE EXPORT IS NOT WHAT THE BLOCKS SAY: ${count} lines differ.\n${first.join("\n")}\n`;
}

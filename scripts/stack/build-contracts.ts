import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import hre from "hardhat";
import { digestOfSources } from "./sources.js";

const SOURCES = ["contracts"];
const CONFIG = "hardhat.config.ts";
/** Written anew by whatever compiles, for whatever sources. */
const RESULTS = ["artifacts/artifacts.d.ts", "types/ethers-contracts/index.ts"];

/**
 * Compiles the contracts and generates their types, unless that is what is there already. Hardhat itself writes all types anew each time,
 * while another process may be reading them.
 */
export async function buildContracts(root: string): Promise<void> {
  // `hardhat clean` deletes this too.
  const stampFile = join(hre.config.paths.cache, "contracts.stamp");
  const sources = await digestOfSources(root, SOURCES, [CONFIG]);
  const stamp = async () => [sources, ...(await Promise.all(RESULTS.map((path) => writtenAt(join(root, path)))))].join(" ");
  if ((await readFile(stampFile, "utf8").catch(() => "")) === (await stamp())) return;
  await hre.tasks.getTask("build").run({ quiet: true });
  await writeFile(stampFile, await stamp());
}

async function writtenAt(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.mtimeMs;
}

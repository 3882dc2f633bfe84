import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildContracts } from "./build-contracts.js";
import { buildDashboard } from "./build-dashboard.js";
import { bundleServices } from "./bundle-services.js";
import { digestOfSources } from "./sources.js";

// What is bundled, and what bundles it.
const SOURCES = ["src", "types", "scripts/stack"];

/** Compiles the contracts, generates their types, bundles the services as JavaScript in `dist/`, and builds the dashboard; each where it has changed. */
export async function buildServices(root: string): Promise<void> {
  await buildContracts(root);
  await Promise.all([bundleChanged(root), buildDashboard(root)]);
}

/** Bundles, unless that is what is there already: another stack may be starting from the same files. */
async function bundleChanged(root: string): Promise<void> {
  const stampFile = join(root, "dist/services.stamp");
  const sources = await digestOfSources(root, SOURCES);
  const [stamp, ...files] = (await readFile(stampFile, "utf8").catch(() => "")).split("\n");
  if (stamp === sources && files.every((file) => existsSync(join(root, file)))) return;
  await writeFile(stampFile, [sources, ...(await bundleServices(root))].join("\n"));
}

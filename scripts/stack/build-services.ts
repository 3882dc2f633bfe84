import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import hre from "hardhat";
import { buildDashboard } from "./build-dashboard.js";

/** Where TypeScript that runs as a service lies; TypeChain's types are among it. */
const FOLDERS = ["src", "scripts/stack", "types"];

// The browser's, which Vite builds.
const DASHBOARD = join("src", "dashboard");

/** Compiles the contracts, generates their types, translates the services to JavaScript in `dist/`, and builds the dashboard. */
export async function buildServices(root: string): Promise<void> {
  await hre.tasks.getTask("build").run({ quiet: true });
  await Promise.all([transpile(root), buildDashboard(root)]);
}

/**
 * Translates, without checking types, file by file: imports stay as they are. Overwrites, and deletes nothing, because another stack
 * may be running from the same folder.
 */
export async function transpile(root: string): Promise<void> {
  const outdir = join(root, "dist");
  const entryPoints = (await Promise.all(FOLDERS.map((folder) => typescriptFiles(root, folder)))).flat();
  await build({
    entryPoints,
    absWorkingDir: root,
    outbase: root,
    outdir,
    format: "esm",
    platform: "node",
    target: "node24",
    sourcemap: true,
    logLevel: "warning",
  });
}

async function typescriptFiles(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".d.ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.startsWith(join(root, DASHBOARD)));
}

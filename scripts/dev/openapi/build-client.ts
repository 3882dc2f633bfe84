import { execFile } from "node:child_process";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { build } from "esbuild";
import { CLIENT_TYPES_FILE } from "./client-types.js";

/** Where the client is built, from the project's folder. */
const OUT_FOLDER = "dist/client";

// What Node.js 20 and the browsers of its time understand.
const TARGET = "es2022";

/** Builds the client as one module without dependencies, that asks its runtime for nothing but web standards, and its types. */
export async function buildClient(root: string): Promise<void> {
  await Promise.all([bundleClient(root), declare(root)]);
  await copyFile(join(root, CLIENT_TYPES_FILE), join(root, OUT_FOLDER, "openapi.d.ts"));
}

/** The module alone. */
export async function bundleClient(root: string): Promise<void> {
  await build({
    entryPoints: [join(root, "src/client/client.ts")],
    outfile: join(root, OUT_FOLDER, "client.js"),
    bundle: true,
    format: "esm",
    // Neither Node's modules nor a browser's: an import of one does not build.
    platform: "neutral",
    mainFields: ["module", "main"],
    target: TARGET,
    sourcemap: true,
    logLevel: "warning",
  });
}

// By itself, without Node's types: src/client/tsconfig.json.
async function declare(root: string): Promise<void> {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  await promisify(execFile)(process.execPath, [tsc, "-p", "src/client"], { cwd: root });
}

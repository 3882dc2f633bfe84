import { join } from "node:path";
import { type BuildOptions, build, type Plugin } from "esbuild";
import hre from "hardhat";
import { buildDashboard } from "./build-dashboard.js";

const OUT = "dist";
/** The programs; whatever they import goes with them. */
const PROGRAMS = ["src/bin/*.ts", "scripts/stack/postgres-server.ts"];
/** Its text is handed to a process that reads no files, so that it must be whole. */
const RUNNER = "src/function-host/runner.ts";
// Beside `src/function-host`, where `read-module.ts` looks for the runner from its chunk.
const CHUNKS = "src/chunks/[name]-[hash]";

/**
 * Libraries that come in hundreds of files, which every process would look for one by one when it starts. All others are imported from
 * where they are installed.
 */
const BUNDLED: readonly string[] = [
  ...["typebox", "@fastify/type-provider-typebox", "kysely", "undici", "@hpke/core", "@hpke/common"],
  ...["ethers", "@adraffy/ens-normalize", "@noble/curves", "@noble/hashes", "aes-js", "tslib"],
];

/** Compiles the contracts, generates their types, bundles the services as JavaScript in `dist/`, and builds the dashboard. */
export async function buildServices(root: string): Promise<void> {
  await hre.tasks.getTask("build").run({ quiet: true });
  await Promise.all([bundleServices(root), buildDashboard(root)]);
}

/**
 * Bundles, without checking types: a file for each program, and others for what several share. Overwrites, and deletes nothing, because
 * another stack may be running from the same folder.
 */
export async function bundleServices(root: string): Promise<void> {
  const options: BuildOptions = {
    absWorkingDir: root,
    outbase: root,
    outdir: join(root, OUT),
    format: "esm",
    platform: "node",
    target: "node24",
    sourcemap: true,
    logLevel: "warning",
  };
  await Promise.all([
    build({ ...options, entryPoints: [RUNNER] }),
    build({
      ...options,
      entryPoints: PROGRAMS,
      bundle: true,
      splitting: true,
      chunkNames: CHUNKS,
      plugins: [othersExternal],
      // For what CommonJS among them requires of Node.js itself.
      banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    }),
  ]);
}

const othersExternal: Plugin = {
  name: "others-external",
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
      const name = path.split("/", path.startsWith("@") ? 2 : 1).join("/");
      return kind === "entry-point" || BUNDLED.includes(name) ? undefined : { path, external: true };
    });
  },
};

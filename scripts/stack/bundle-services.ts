import { join } from "node:path";
import { type BuildOptions, build, type Plugin } from "esbuild";

const OUT = "dist";
/** The programs; whatever they import goes with them. */
export const PROGRAMS = ["src/bin/*.ts", "scripts/stack/postgres-server.ts"];
/** Its text is handed to a process that reads no files, so that it must be whole. */
const RUNNER = "src/function-host/runner/runner.ts";
// Beside `src/function-host`, where `read-runner.ts` looks for the runner from its chunk.
const CHUNKS = "src/chunks/[name]-[hash]";

/**
 * Libraries that come in hundreds of files, which every process would look for one by one when it starts. All others are imported from
 * where they are installed.
 */
const BUNDLED: readonly string[] = [
  ...["typebox", "@fastify/type-provider-typebox", "kysely", "undici", "@hpke/core", "@hpke/common"],
  ...["ethers", "@adraffy/ens-normalize", "@noble/curves", "@noble/hashes", "aes-js", "tslib"],
  ...["libphonenumber-js", "jose", "prom-client", "envalid"],
];

/**
 * Bundles, without checking types: a file for each program, and others for what several share. Overwrites, and deletes nothing, because
 * another stack may be running from the same folder.
 *
 * @param options.out A folder below `root`, from where the libraries are found.
 * @param options.programs Patterns of files below `root`.
 * @returns what was written: paths below `root`.
 */
export async function bundleServices(root: string, { out = OUT, programs = PROGRAMS } = {}): Promise<string[]> {
  const options = {
    absWorkingDir: root,
    outbase: root,
    outdir: join(root, out),
    format: "esm",
    platform: "node",
    target: "node24",
    sourcemap: true,
    logLevel: "warning",
    metafile: true,
  } satisfies BuildOptions;
  const builds = await Promise.all([
    // With all that it imports, its WebAssembly too; without a source map, which nothing could read there.
    build({
      ...options,
      entryPoints: [RUNNER],
      bundle: true,
      sourcemap: false,
      conditions: ["browser"],
      loader: { ".wasm": "binary" },
    }),
    build({
      ...options,
      entryPoints: programs,
      bundle: true,
      splitting: true,
      chunkNames: CHUNKS,
      plugins: [othersExternal],
      // For what CommonJS among them requires of Node.js itself.
      banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    }),
  ]);
  return builds.flatMap(({ metafile }) => Object.keys(metafile.outputs));
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

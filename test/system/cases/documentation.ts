import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { expect } from "chai";
import { bundleClient } from "../../../scripts/dev/openapi/build-client.js";
import { inheritedEnvironment } from "../../../src/config/config.js";
import type { System } from "../../../tools/system/stack.js";
import { type CodeBlock, codeBlocks } from "../code-blocks.js";

const DOCUMENTS = [
  ...["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "docs/operations.md", "docs/store.md", "docs/functions.md"],
  ...["examples/insurer/README.md", "examples/wallet/README.md", "deploy/kubernetes/README.md"],
];
// Tests of their own have what these do.
const NOT_RUN = "not-run";
const FOLDER_OF_START = ".eventmachine";
// The limit is for what hangs: a busy machine fails no test.
const PATIENCE_MS = 100_000;

/** What the documents say to do is done, in their order, in a folder that is as this one while `npm start` runs. */
export function describeDocumentation(system: () => System): void {
  describe("the documents' code", () => {
    let folder: string;

    before(async () => {
      const { stack } = system();
      await bundleClient(process.cwd());
      folder = await mkdtemp(join(tmpdir(), "event-machine-docs-"));
      for (const name of await readdir(".")) if (name !== FOLDER_OF_START) await symlink(resolve(name), join(folder, name));
      await symlink(stack.dataDir, join(folder, FOLDER_OF_START));
      // Else an answer of 4xx would do.
      await writeFile(join(folder, ".curlrc"), "fail-with-body\n");
    });

    after(async () => {
      const { api, store } = system();
      await api.call("/v1/functions/large-transfers", { method: "DELETE" });
      // What others than the tests' own client were promised is the oracle's to look at, too.
      api.adopt((await store.query("select transfer_id from journal")).map(({ transfer_id: id }) => String(id)));
      await rm(folder, { recursive: true });
    });

    async function run(command: string, ...args: string[]): Promise<string> {
      const { stack } = system();
      const { PATH = "", ...inherited } = inheritedEnvironment();
      const env = {
        ...inherited,
        PATH: `${dirname(process.execPath)}${delimiter}${PATH}`,
        EVENT_MACHINE_URL: stack.apiUrl,
        EVENT_MACHINE_API_KEY_FILE: join(stack.dataDir, "api-key"),
        CURL_HOME: folder,
        npm_config_offline: "true",
      };
      const { stdout } = await promisify(execFile)(command, args, { cwd: folder, env, timeout: PATIENCE_MS });
      return stdout;
    }

    // Npx itself takes half a second: once in a block is enough.
    function withoutNpx(text: string): string {
      let calls = 0;
      return text.replaceAll("npx eventmachine", (call) => (calls++ === 0 ? call : "node bin/eventmachine.mjs"));
    }

    async function runBlock({ language, info, text, prints }: CodeBlock): Promise<void> {
      const { apiUrl, ports } = system().stack;
      const here = text

        .replaceAll("http://127.0.0.1:8080", apiUrl)
        .replaceAll("http://127.0.0.1:8545", `http://127.0.0.1:${ports.chain}`)

        .replaceAll(/npx --yes --package=node@\d+ -- /g, "");
      if (info !== "") return await writeFile(join(folder, info), here);
      if (language === "ts") await writeFile(join(folder, "snippet.ts"), here);
      const printed =
        language === "ts"
          ? await run(process.execPath, "--import", "tsx", "snippet.ts")
          : await run("bash", "-euo", "pipefail", "-c", withoutNpx(here));
      if (prints !== undefined) expect(comparable(printed)).to.equal(comparable(prints));
    }

    for (const block of DOCUMENTS.flatMap(codeBlocks)) {
      if (!["sh", "ts"].includes(block.language) || block.info === NOT_RUN) continue;
      it(`${block.where} does what it says`, async () => await runBlock(block));
    }

    it("is all of it run, but for what says that it is not", async () => {
      const inFolder = async (name: string) => (await readdir(name, { recursive: true })).map((file) => join(name, file));
      const files = [await readdir("."), ...(await Promise.all(["docs", "examples", "deploy"].map(inFolder)))].flat();
      const documents = files.filter((name) => name.endsWith(".md"));
      const code = documents.filter((name) => codeBlocks(name).some(({ language }) => language === "sh" || language === "ts"));
      expect(DOCUMENTS).to.include.members(code);
    });
  });
}

/** What a document shows of hashes, blocks and times is an example. */
function comparable(text: string): string {
  return text
    .replaceAll(/0x[0-9a-f]+/g, "0x")
    .replaceAll(/block \d+/g, "block")
    .replaceAll(/ +/g, " ")
    .trim();
}

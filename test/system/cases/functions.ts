import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { expect } from "chai";
import { type System, transferBody } from "../stack.js";
import { waitFor } from "../wait-for.js";

interface Registered {
  name: string;
  url?: string;
  module?: { digest: string };
  recent?: { count: number; failed: number };
  secret?: string;
}

/** The first code of a language under a heading of the README. */
function codeOf(heading: string, language: string): string {
  const [, section = ""] = readFileSync("README.md", "utf8").split(`## ${heading}\n`);
  const [, code = ""] = section.split(`\`\`\`${language}\n`);
  return code.split("```")[0] ?? "";
}

/** Functions that users register: the README's, and the example of the insurer. */
export function describeFunctions(system: () => System): void {
  describe("a user's own function", () => {
    const send = async <T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
      const init = { method, headers: { ...headers, ...(body !== undefined && { "content-type": "application/json" }) } };
      return await system().api.call<T>(path, { ...init, ...(body !== undefined && { body: JSON.stringify(body) }) });
    };

    it("of the README is registered, woken by a transfer, and run on an input", async () => {
      const { api, newPayer, newPayee, stack } = system();
      const source = codeOf("Your own function in five minutes", "ts");
      const made = await send<Registered>("POST", "/v1/functions", { name: "large-transfers", module: { source } });
      expect(made.status, JSON.stringify(made.body)).equal(201);
      expect(made.body.module?.digest).match(/^sha256-[0-9a-f]{64}$/);
      const log = join(stack.dataDir, "logs", "function-host.log");
      const { id } = (await api.post(transferBody(await newPayer(), await newPayee()), { waitSeconds: 20 })).body;
      await waitFor("the function has written of the transfer", () => readFileSync(log, "utf8").includes(`${id}: 10000 THB`));
      await waitFor("its request is counted", async () => {
        const { recent } = (await send<Registered>("GET", "/v1/functions/large-transfers")).body;
        return recent !== undefined && recent.count > 0 && recent.failed === 0;
      });

      const input = { amount: { amount: "20000", currency: "THB" } };
      const path = "/v1/functions/large-transfers/invocations";
      const run = await send<{ status: string; logs: string[] }>("POST", path, { input }, { prefer: "wait=30" });
      expect([run.status, run.body.status]).deep.equal([200, "succeeded"]);
      expect(run.body.logs).to.have.length(1);
      const headers = { authorization: `Bearer ${stack.secrets.apiKey}` };
      const ended = await fetch(`${stack.apiUrl}/v1/functions/large-transfers`, { method: "DELETE", headers });
      expect(ended.status).equal(204);
    });

    it("does not compile: 422 that says where", async () => {
      const refused = await send<{ type: string; detail: string }>("POST", "/v1/functions", {
        name: "broken",
        module: { source: "export default {" },
      });
      expect([refused.status, refused.body.type]).deep.equal([422, "https://eventmachine.dev/problems/invalid-function"]);
      expect(refused.body.detail).match(/does not compile/);
    });

    it("of an insurer adjusts a premium by the instalments of a lease", async () => {
      const { api, stack, store } = system();
      const args = ["--import", "tsx", "examples/insurer/run.ts", stack.apiUrl, join(stack.dataDir, "api-key")];
      const { stdout } = await promisify(execFile)(process.execPath, args);
      // The example has a client of its own; what it was promised is the oracle's to look at, too.
      api.adopt((await store.query("select transfer_id from journal")).map(({ transfer_id: id }) => String(id)));
      expect(
        stdout
          .trim()
          .split("\n")
          .map((line) => line.replace(/ +/g, " ")),
      ).deep.equal([
        "insured premium 1200 THB",
        "2026-10 COMPLETED premium 1188 THB",
        "2026-11 COMPLETED premium 1176.12 THB",
        "2026-12 REJECTED premium 1234.92 THB",
      ]);
    });
  });
}

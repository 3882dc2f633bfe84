import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { type System, transferBody } from "../../../tools/system/stack.js";
import { waitFor } from "../../../tools/system/wait-for.js";
import { codeBlocks } from "../code-blocks.js";

interface Registered {
  name: string;
  url?: string;
  module?: { digest: string };
  recent?: { count: number; failed: number };
  secret?: string;
}

/** Functions that users register: the README's. */
export function describeFunctions(system: () => System): void {
  describe("a user's own function", () => {
    const send = async <T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
      const init = { method, headers: { ...headers, ...(body !== undefined && { "content-type": "application/json" }) } };
      return await system().api.call<T>(path, { ...init, ...(body !== undefined && { body: JSON.stringify(body) }) });
    };

    it("of the README is registered, woken by a transfer, and run on an input", async () => {
      const { api, newPayer, newPayee, stack } = system();
      const source = codeBlocks("README.md").find(({ info }) => info === "large-transfers.ts")?.text;
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
  });
}

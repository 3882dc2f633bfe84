import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import type { Customer } from "../../../tools/system/customers.js";
import { type System, transferBody } from "../../../tools/system/stack.js";
import { runCli } from "../../cli/run-cli.js";
import { environmentOf, runCommand, startCommand } from "../command-line.js";

const MODULE = `import { defineFunction } from "event-machine/function";
export default defineFunction({ on: ["eventmachine.transfer.reversed"], handle: (event) => event.data });
`;

/** The command line, as processes. */
export function describeCommandLine(system: () => System): void {
  describe("the command line", () => {
    const create = (payer: Customer, payee: Customer, amount = "10000") => [
      ...["transfer", "create", "--from", payer.phone, "--to", payee.phone, "--amount", amount, "--currency", "THB"],
    ];
    const run = (...args: string[]) => runCommand(environmentOf(system()), args);
    /** What it has started is the oracle's to look at, too. */
    const adopt = (...made: Awaited<ReturnType<typeof run>>[]) =>
      system().api.adopt(made.flatMap(({ json }) => json.map(({ id }) => String(id))));

    it("moves money, once for one key; what the payer has not got is exit code 7", async () => {
      const { newPayer, newPayee, postings, stack } = system();
      const [payer, payee] = [await newPayer(), await newPayee()];
      const twice = [...create(payer, payee), "--key", "by-command", "--wait"];
      const moreThanThereIs = [...create(payer, payee, "999999999999"), "--wait"];
      const [first, second, refused] = await Promise.all([run(...twice), run(...twice), run(...moreThanThereIs)]);
      adopt(first, second, refused);
      expect([first.code, second.code, refused.code], first.err + second.err + refused.err).to.deep.equal([0, 0, 7]);
      const [{ id, state } = {}] = first.json;
      expect([state, second.json[0]?.id]).to.deep.equal(["COMPLETED", id]);
      const receipt = await runCli({ url: stack.apiUrl, apiKey: stack.secrets.apiKey }, "transfer", "receipt", String(id));
      expect(receipt.json()[0]).to.have.property("jws");
      expect(await postings(String(id))).to.deep.equal({ debit: 1, credit: 1, refund: 0 });
      expect(refused.json[0]).to.include({ state: "REJECTED", reason: "AM04" });
    });

    it("follows what happens, until Ctrl-C, which is 0", async () => {
      const { newPayer, newPayee } = system();
      const [payer, payee] = [await newPayer(), await newPayee()];
      const { json } = await run("events", "--limit", "1");
      const after = String(json[0]?.sequence);
      const following = startCommand(environmentOf(system()), ["events", "--follow", "--after", after, "--json"]);
      const made = await run(...create(payer, payee), "--wait");
      adopt(made);
      await following.printed(new RegExp(`"type":"eventmachine.transfer.completed".*"transfer":"${made.json[0]?.id}"`));
      following.child.kill("SIGINT");
      expect(await following.exited).to.deep.equal({ code: 0, signal: null });
      const told = following
        .out()
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      const sequences = told.map(({ event }) => Number(event.sequence));
      const previous = told.map(({ event }) => Number(event.sequence) - 1 - Number(event.refusalsBefore ?? 0));
      expect(previous).to.deep.equal([Number(after), ...sequences.slice(0, -1)]);
    });

    it("says nothing of a reader that has read enough", async () => {
      const { api, newPayer, newPayee } = system();
      const following = startCommand(environmentOf(system()), ["events", "--follow", "--after", "0"]);
      await following.printed("started");
      following.child.stdout?.destroy();
      // It is told so at what it writes next.
      await api.post(transferBody(await newPayer(), await newPayee()), { waitSeconds: 20 });
      expect(await following.exited).to.deep.equal({ code: 0, signal: null });
      expect(following.err()).to.equal("");
    });

    it("registers a module from a file beside its caller, runs it, and forgets it", async () => {
      const { stack } = system();
      const folder = join(stack.dataDir, "caller");
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, "echo.ts"), MODULE);
      const here = (...args: string[]) => runCommand(environmentOf(system()), args, folder);
      const made = await here("functions", "create", "echo", "--module", "echo.ts");
      expect(made.code, made.err).to.equal(0);
      expect(String(made.json[0]?.secret)).to.match(/^whsec_/);
      expect((await here("functions", "create", "other", "--module", "absent.ts")).code).to.equal(2);
      await rm(folder, { recursive: true });
      const now = async (...args: string[]) =>
        (await runCli({ url: stack.apiUrl, apiKey: stack.secrets.apiKey }, "functions", ...args, "--json")).json();
      const [invoked] = await now("invoke", "echo", "--input", '{"a":1}');
      expect(invoked).to.deep.include({ status: "succeeded", output: { a: 1 } });
      expect((await now("invocation", "echo", String(invoked?.id)))[0]).to.deep.equal(invoked);
      expect((await now("source", "echo"))[0]?.source).to.equal(MODULE);
      expect(await now("deliveries", "echo", "--status", "dead")).to.deep.equal([]);
      expect(await now("replay", "echo")).to.deep.equal([{ replayed: 0 }]);
      expect((await now("rotate-secret", "echo", "--overlap", "60"))[0]?.secret).not.to.equal(made.json[0]?.secret);
      expect((await now("update", "echo", "--disable"))[0]).to.include({ enabled: false });
      expect((await now("list")).map(({ name }) => name)).to.include("echo");
      expect((await now("get", "echo"))[0]).to.include({ enabled: false });
      expect(await now("delete", "echo")).to.deep.equal([{ deleted: "echo" }]);
    });

    it("takes no key from a file that others may read, and says what to do without a key", async () => {
      const { stack } = system();
      const file = join(stack.dataDir, "open-key");
      await writeFile(file, stack.secrets.apiKey);
      await chmod(file, 0o644);
      const told = { EVENT_MACHINE_URL: stack.apiUrl };
      const [open, none] = await Promise.all([
        runCommand({ ...told, EVENT_MACHINE_API_KEY_FILE: file }, ["banks", "list"]),
        runCommand(told, ["banks", "list"]),
      ]);
      await rm(file);
      expect([open.code, none.code]).to.deep.equal([2, 2]);
      expect(open.err).to.contain("chmod 600");
      expect(none.err).to.contain("EVENT_MACHINE_API_KEY_FILE");
    });

    it("completes commands, options and their values", async () => {
      const complete = async (...args: string[]) => {
        const running = startCommand({}, ["complete", "--", ...args]);
        await running.exited;
        return running
          .out()
          .split("\n")
          .map((line) => line.split("\t")[0]);
      };
      const [commands, values, script] = await Promise.all([
        complete(""),
        complete("transfer", "list", "--state", "COM"),
        (async () => {
          const running = startCommand({}, ["complete", "bash"]);
          await running.exited;
          return running.out();
        })(),
      ]);
      expect(commands).to.include.members(["transfer", "accounts", "banks", "functions", "events", "suspended", "keys"]);
      expect(values).to.include("COMPLETED").and.not.include("PENDING");
      expect(script).to.contain("eventmachine complete --");
    });
  });
}

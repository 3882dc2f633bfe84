import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { startFunctionHost } from "../support/function-host.js";
import { listen } from "../support/listen.js";
import { BOMBS } from "./bombs.js";
import { ESCAPES, type Escape } from "./escapes.js";

type Host = Awaited<ReturnType<typeof startFunctionHost>>;

// So many characters of what an attack left behind that a canary is found in it, and no more.
const OBSERVED_MAX = 200_000;
// A refused attack mostly waits for its process to start, so the next two start beside it. One that reaches a canary fails its own test or
// one of the two before it.
const ATTACKS_AT_ONCE = 3;

describe("a module's attempt to escape", function () {
  this.timeout(120_000);
  const secret = `secret-${randomUUID()}`;
  const folder = mkdtempSync(join(tmpdir(), "escapes-"));
  const file = join(folder, "canary");
  let host: Host;
  let server: Server;
  let port = 0;
  let connections = 0;
  let neighbour = "";
  const observations: Promise<string>[] = [];

  before(async () => {
    writeFileSync(file, secret);
    server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    port = await listen(server);
    host = await startFunctionHost({ FUNCTION_TIMEOUT_MS: "1500", FUNCTION_MEMORY_MB: "32", CANARY: secret });
    neighbour = (await host.compile(`export default { on: [], handle: () => "${secret}" };`, "neighbour")).digest;
    await host.invoke("neighbour", neighbour, null, "neighbour");
  });
  after(async () => {
    await host.stop();
    server.close();
    rmSync(folder, { recursive: true });
  });

  async function observe({ module }: Escape, attacker = "attacker"): Promise<string> {
    const data = { file, port, host: Number(new URL(host.url).port), hostPid: host.pid, digest: neighbour };
    return JSON.stringify(await host.invoke(attacker, host.know(module), data, attacker)).slice(0, OBSERVED_MAX);
  }

  /** What the attack at an index came to; those right after it are begun. */
  function observeAhead(index: number): Promise<string> | undefined {
    for (const [offset, attack] of ESCAPES.slice(index, index + ATTACKS_AT_ONCE).entries()) {
      const at = index + offset;
      if (observations[at] !== undefined) continue;
      const observed = observe(attack, `attacker ${at % ATTACKS_AT_ONCE}`);
      // The attack's own test awaits it, and fails then.
      observed.catch(() => undefined);
      observations[at] = observed;
    }
    return observations[index];
  }

  async function expectUntouched(observed: string): Promise<void> {
    expect(observed).not.to.include(secret);
    expect(readFileSync(file, "utf8")).to.equal(secret);
    expect(connections).to.equal(0);
    expect(host.exitCode()).to.equal(null);
    expect(host.output()).not.to.match(/Debugger listening/i);
    const answered = await host.invoke("neighbour", neighbour, null, "neighbour");
    expect(answered).to.deep.equal({ output: secret, logs: [] });
  }

  for (const [index, attack] of ESCAPES.entries()) {
    it(`${attack.name}: refused, because ${attack.because}`, async () => {
      const observed = (await observeAhead(index)) ?? "";
      expect(observed).to.match(attack.observed);
      await expectUntouched(observed);
    });
  }

  for (const bomb of BOMBS) {
    it(`${bomb.name}: ended, because ${bomb.because}`, async () => {
      const observed = await observe(bomb);
      expect(observed).to.match(bomb.observed);
      await expectUntouched(observed);
      const digest = host.know("export default { on: [], handle: () => 7 };");
      expect((await host.invoke("attacker", digest, null, "attacker")).output).to.equal(7);
    });
  }
});

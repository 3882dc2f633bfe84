import { once } from "node:events";
import { expect } from "chai";
import { WebSocket } from "ws";
import { type ComposeProject, eventually } from "../../../scripts/compose/compose-project.js";
import { bringUp, RECOVERED_WITHIN_MS, type RunningProject, runningProject, timed } from "../running-project.js";

const REPLICAS = ["api-b", "faas-debit-b", "whsk-credit-b"];

/**
 * Replicas over what is running already, and back again.
 * @param scaled the same project with docker-compose.scale.yml
 */
export function describeScale(running: () => RunningProject, scaled: () => ComposeProject, proxyPort: () => number): void {
  it("lets replicas in beside what is running, each with a key of its own", async () => {
    await timed("scale up", () => bringUp(scaled()));
    const keys = new Set<string>();
    for (const [service, file] of [
      ["api", "INITIATOR_PRIVATE_KEY"],
      ["api-b", "INITIATOR_PRIVATE_KEY"],
      ["faas-debit", "OPERATOR_PRIVATE_KEY"],
      ["faas-debit-b", "OPERATOR_PRIVATE_KEY"],
      ["whsk-credit", "OPERATOR_PRIVATE_KEY"],
      ["whsk-credit-b", "OPERATOR_PRIVATE_KEY"],
    ] as const) {
      keys.add(await scaled().exec(service, "cat", `/run/secrets/${file}`));
    }
    expect(keys.size).to.equal(6);
    const containers = await scaled().containers();
    expect([...containers.keys()]).to.include.members([...REPLICAS, "proxy", "watcher/2"]);
    for (const name of [...REPLICAS, "proxy"]) {
      expect(await scaled().exec(name, "id", "-u")).to.equal("1000\n");
      expect(containers.get(name)?.HostConfig, name).to.deep.include({ ReadonlyRootfs: true });
    }
  });

  it("moves money through the proxy when either API, either replica or either watcher is down", async () => {
    const proxy = await runningProject(scaled(), proxyPort());
    for (const down of [
      ["api", "faas-debit-b", "watcher"],
      ["api-b", "faas-debit", "whsk-credit", "watcher/2"],
    ]) {
      for (const service of down) await scaled().docker("kill", service);
      const key = `without-${down[0]}`;
      const id = await proxy.startTransfer(key);
      await proxy.completes(id);
      for (const service of down) await scaled().docker("start", service);
      // The same request is the same transfer at the other API.
      expect(await running().startTransfer(key)).to.equal(id);
    }
    await running().whileMoneyMoves(async () => undefined);
    expect(await running().violations()).to.deep.equal([]);
  });

  it("follows the events through the proxy, by a stream and by a socket", async () => {
    const authorization = `Bearer ${(await scaled().exec("api", "cat", "/run/secrets/BOOTSTRAP_API_KEY")).trim()}`;
    const at = `127.0.0.1:${proxyPort()}/v1/events`;
    const heard = { stream: "", socket: "" };
    const gone = new AbortController();
    const stream = await fetch(`http://${at}/stream`, { headers: { authorization }, signal: gone.signal });
    expect(stream.status).to.equal(200);
    const reading = collect(stream, (text) => {
      heard.stream += text;
    });
    const socket = new WebSocket(`ws://${at}/socket`, { headers: { authorization } });
    socket.on("message", (message) => {
      heard.socket += String(message);
      socket.send(JSON.stringify({ ack: (JSON.parse(String(message)) as { batch: number }).batch }));
    });
    await once(socket, "open");
    const id = await running().startTransfer();
    const both = async () => [heard.stream, heard.socket].map((text) => text.includes(id) && text.includes("COMPLETED"));
    await eventually(both, (ends) => ends.every(Boolean), RECOVERED_WITHIN_MS);
    socket.terminate();
    gone.abort();
    await reading;
  });

  it("goes back to one of each", async () => {
    await timed("scale down", () => running().project.compose(["up", "-d", "--remove-orphans", "--scale", "watcher=1"]));
    await running().untilHealthy();
    for (const name of ["api-b", "proxy", "watcher/2"])
      expect([...(await running().project.containers()).keys()]).not.to.include(name);
    await running().transferCompletes();
    expect(await running().violations()).to.deep.equal([]);
  });
}

/** Reads until the client gives up. */
async function collect({ body }: Response, take: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  try {
    for await (const chunk of body ?? []) take(decoder.decode(chunk, { stream: true }));
  } catch (error) {
    if ((error as Error).name !== "AbortError") throw error;
  }
}

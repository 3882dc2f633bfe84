import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

const READY_TIMEOUT_MS = 60_000;
const READY_POLL_MS = 100;
const REQUEST_TIMEOUT_MS = 2_000;

/** Waits until a node that was just started answers at a URL. Throws where it ends first, or takes longer than a minute. */
export async function waitForNode(node: ChildProcess, url: string): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (performance.now() < deadline) {
    if (await answers(url)) return;
    if (node.exitCode !== null) throw new Error(`The node ended with exit code ${node.exitCode} before it answered`);
    await sleep(READY_POLL_MS);
  }
  throw new Error(`The node at ${url} did not answer within ${READY_TIMEOUT_MS} ms`);
}

async function answers(url: string): Promise<boolean> {
  const request = {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}',
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  };
  return await fetch(url, request).then(
    ({ ok }) => ok,
    () => false,
  );
}

const TRIES = 20;
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Sets a development node's clock to this machine's. Hardhat's node keeps the distance between its genesis block's time and the moment
 * when it had finished starting, so its blocks lie that many seconds in the past: one or two, and more on a busy machine.
 *
 * @param url A Hardhat node's or Anvil's HTTP URL.
 */
export async function setChainClock(url: string): Promise<void> {
  const behind = await secondsBehind(url);
  if (behind > 0) await ask(url, "evm_increaseTime", [behind]);
}

/** How many whole seconds the next block's time lies behind this machine's clock. */
async function secondsBehind(url: string): Promise<number> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const before = seconds();
    const pending = (await ask(url, "eth_getBlockByNumber", ["pending", false])) as { timestamp: string };
    // A second that ends in between makes the two incomparable.
    if (seconds() === before) return before - Number(pending.timestamp);
  }
  throw new Error(`The chain at ${url} took more than a second for each of ${TRIES} answers. Free the machine, and try again.`);
}

function seconds(): number {
  return Math.floor(Date.now() / 1_000);
}

async function ask(url: string, method: string, params: readonly unknown[]): Promise<unknown> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
  const { result, error } = (await response.json()) as { result?: unknown; error?: { message: string } };
  if (error !== undefined) throw new Error(`${method}: ${error.message}`);
  return result;
}

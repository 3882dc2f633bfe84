import { FetchRequest, JsonRpcProvider, Network } from "ethers";
import { readBounded } from "../domain/read-bounded.js";

const TIMEOUT_MS = 15_000;
// An answer to `eth_chainId` is one line.
const MAX_ANSWER_BYTES = 65_536;

/**
 * A chain's node, for whoever asks a few questions.
 *
 * @throws Error where it does not answer, or what answers is none
 */
export async function openNode(url: string): Promise<JsonRpcProvider> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const answer: unknown = JSON.parse(await readBounded(response.body, MAX_ANSWER_BYTES));
  const chainId = typeof answer === "object" && answer !== null && "result" in answer ? String(answer.result) : "";
  if (!/^0x[0-9a-f]+$/.test(chainId)) throw new Error("What answers is no chain's node.");
  const request = new FetchRequest(url);
  request.timeout = TIMEOUT_MS;
  // The network is known: ethers would ask for it for ever if the node went away.
  return new JsonRpcProvider(request, Network.from(BigInt(chainId)), { staticNetwork: true });
}

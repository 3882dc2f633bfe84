import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { Transaction, Wallet } from "ethers";

/** What `eth_signTransaction` is asked, as web3signer documents it: quantities in hex. */
export type SignRequest = Record<
  "from" | "to" | "data" | "value" | "gas" | "nonce" | "maxFeePerGas" | "maxPriorityFeePerGas",
  string
>;

interface Options {
  key: string;
  chainId: bigint;
  /** Changes what is signed: a signer that cannot be trusted. */
  tamper?: (request: SignRequest) => SignRequest;
  /** Whose address it says it signs for, if not the key's. */
  poseAs?: string;
  /** Answers in place of the signer: status and body; "never" keeps the caller waiting. */
  answer?: (method: string) => { status: number; body: string } | "never" | undefined;
}

/** A signer that speaks the API of web3signer's ETH1 mode, as far as it is used: `eth_accounts` and `eth_signTransaction`. */
export async function startSignerServer({ key, chainId, tamper = (request) => request, poseAs, answer }: Options) {
  const wallet = new Wallet(key);
  const asked: SignRequest[] = [];
  const address = (poseAs ?? wallet.address).toLowerCase();

  async function handle(method: string, params: unknown[]): Promise<object> {
    if (method === "eth_accounts") return { result: [address] };
    if (method !== "eth_signTransaction") return { error: { code: -32_601, message: "Method not found" } };
    const request = params[0] as SignRequest;
    asked.push(request);
    if (request.from.toLowerCase() !== address) {
      return { error: { code: -32_000, message: "Signing from is not an unlocked account" } };
    }
    const { from: _from, gas, ...rest } = tamper(request);
    const transaction = Transaction.from({ type: 2, chainId, ...rest, nonce: Number(rest.nonce), gasLimit: gas });
    transaction.signature = wallet.signingKey.sign(transaction.unsignedHash);
    return { result: transaction.serialized };
  }

  const server = createServer((request, response) => {
    void readJson(request).then(async ({ id, method, params }) => {
      const instead = answer?.(method);
      if (instead === "never") return;
      response.writeHead(instead?.status ?? 200, { "content-type": "application/json" });
      response.end(instead?.body ?? JSON.stringify({ jsonrpc: "2.0", id, ...(await handle(method, params)) }));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    address: wallet.address,
    asked,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function readJson(request: IncomingMessage): Promise<{ id: unknown; method: string; params: unknown[] }> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return JSON.parse(text) as { id: unknown; method: string; params: unknown[] };
}

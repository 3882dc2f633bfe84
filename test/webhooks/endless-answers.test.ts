import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from "jose";
import { Agent } from "undici";
import { createTokenVerifier } from "../../src/api/auth/token-verifier.js";
import { createRpcHttp } from "../../src/chain/rpc/http.js";
import { createRemoteSigner } from "../../src/chain/signing/remote-signer.js";
import { openNode } from "../../src/receipts/open-node.js";
import { checkReachable } from "../../src/webhooks/check-reachable.js";
import { sendWebhook } from "../../src/webhooks/send-webhook.js";
import { createTargetGuard } from "../../src/webhooks/target-guard.js";

const CHUNK = Buffer.alloc(65_536, " ");
const LOOPBACK = { address: "127.0.0.1", prefix: 32, family: "ipv4" as const };

/** A server whose every answer begins well and has no end. */
async function startEndless() {
  let sent = 0;
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    const write = () => {
      while (!response.destroyed) {
        sent += CHUNK.length;
        if (!response.write(CHUNK)) return void response.once("drain", write);
      }
    };
    write();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, sent: () => sent, close };
}

describe("an answer without an end", function () {
  this.timeout(60_000);
  const cleanUps: (() => Promise<unknown> | unknown)[] = [];
  let endless: Awaited<ReturnType<typeof startEndless>>;
  beforeEach(async () => {
    endless = await startEndless();
    cleanUps.push(endless.close);
  });
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });

  /** The message of an error, and of its causes. */
  async function failureOf(promise: Promise<unknown>): Promise<string> {
    const texts: string[] = [];
    let error: unknown = await promise.then(
      () => "nothing was thrown",
      (thrown: unknown) => thrown,
    );
    for (; error instanceof Error; error = error.cause) texts.push(error.message);
    return [...texts, ...(typeof error === "string" ? [error] : [])].join("; ");
  }

  it("of a webhook's receiver is cut after 256 KiB, and tried again", async () => {
    const dispatcher = new Agent();
    cleanUps.push(() => dispatcher.destroy());
    const message = { id: "m", contentType: "application/json", body: "{}" };
    const result = await sendWebhook({ dispatcher, clock: Date.now }, { url: endless.url, secrets: [] }, message);
    expect(result).to.deep.include({ kind: "retry", error: "no answer: the answer is over 262144 bytes" });
  });

  it("of a URL that is being registered is not read", async () => {
    const guard = createTargetGuard({}, { allowed: [LOOPBACK], connections: 1, connectTimeoutMs: 2_000 });
    cleanUps.push(guard.destroy);
    await checkReachable(guard, "alice", endless.url);
    expect(endless.sent()).to.be.below(64 * 1_048_576);
  });

  it("of a chain's node is cut after 64 MiB, as a node that refuses the range of a query", async () => {
    const http = createRpcHttp();
    cleanUps.push(http.close);
    const payload = { jsonrpc: "2.0", id: 1, method: "eth_getLogs", params: [] } as const;
    const [answer] = await http.ask(endless.url, { ...payload, params: [] }, 60_000);
    expect(JSON.stringify(answer)).to.include("response is too large");
  });

  it("of a chain's node that a receipt's verifier asks is cut", async () => {
    expect(await failureOf(openNode(endless.url))).to.include("the answer is over 65536 bytes");
  });

  it("of a signer is cut, and the signer is unavailable", async () => {
    const address = "0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1";
    expect(await failureOf(createRemoteSigner(endless.url, address))).to.include("does not answer");
    expect(endless.sent()).to.be.below(64 * 1_048_576);
  });

  it("of a token issuer with its keys is cut, and the issuer is unavailable", async () => {
    const { privateKey, publicKey } = await generateKeyPair("ES256");
    const token = await new SignJWT({ scope: "" })
      .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: (await exportJWK(publicKey)).x ?? "k" })
      .setIssuer("https://issuer.example")
      .setAudience("api")
      .setSubject("somebody")
      .setExpirationTime("1h")
      .sign(privateKey);
    expect(decodeJwt(token).sub).to.equal("somebody");
    const deps = {} as Parameters<typeof createTokenVerifier>[0];
    const issuer = { jwksUrl: endless.url, issuer: "https://issuer.example", audience: "api", types: ["at+jwt"] as const };
    expect(await failureOf(createTokenVerifier(deps, issuer)(token))).to.include("the answer is over 1048576 bytes");
  });
});

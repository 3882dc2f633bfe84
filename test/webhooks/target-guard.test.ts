import type { lookup } from "node:dns";
import { createServer } from "node:http";
import { expect } from "chai";
import { request } from "undici";
import { AppError } from "../../src/domain/app-error.js";
import { type IpNetwork, parseIpNetwork } from "../../src/domain/ip-network.js";
import { checkReachable } from "../../src/webhooks/check-reachable.js";
import { createTargetGuard } from "../../src/webhooks/target-guard.js";
import { startReceiver } from "../../tools/support/receiver.js";

// 127.0.0.1 must not be said by the guard's own table where a test needs a server: there it is allowed, and something else is not.
const LOOPBACK: IpNetwork = { address: "127.0.0.1", prefix: 32, family: "ipv4" };

/** A resolver that answers one list after another, the last for ever. */
function resolver(...answers: readonly string[][]): { lookup: typeof lookup; asked: string[] } {
  const asked: string[] = [];
  const answer = (hostname: string, _options: unknown, callback: (error: null, addresses: unknown[]) => void) => {
    const addresses = answers[Math.min(asked.length, answers.length - 1)] ?? [];
    asked.push(hostname);
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );
  };
  return { lookup: answer as unknown as typeof lookup, asked };
}

describe("the guard of addresses that others choose", () => {
  const cleanUps: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0)) await cleanUp();
  });

  function guardOf(names: typeof lookup | undefined, allowed: readonly IpNetwork[] = []) {
    const guard = createTargetGuard(names === undefined ? {} : { lookup: names }, {
      allowed,
      connections: 1,
      connectTimeoutMs: 2_000,
    });
    cleanUps.push(() => guard.destroy());
    return guard;
  }
  async function codeOf(promise: Promise<unknown>): Promise<string> {
    return await promise.then(
      () => "nothing was thrown",
      (error: unknown) => (error instanceof AppError ? error.code : String(error)),
    );
  }

  for (const url of [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://0x7f.0.0.1/",
    "http://017700000001/",
    "http://2130706433/",
    "http://127.0.0.1./",
    "http://0/",
    "http://10.1.2.3/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://169.254.169.254/latest/meta-data",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:7f00:1::]/",
    "http://[fe80::1]/",
    "http://[fd00::1]/",
    "http://[ff02::1]/",
    "file:///etc/passwd",
    "ftp://example.com/",
    "javascript:alert(1)",
    "https://user:password@example.com/",
    "https://user@example.com/",
    "//example.com/",
    "x",
    "",
  ]) {
    it(`refuses '${url}' without asking anyone`, () => {
      const names = resolver(["93.184.216.34"]);
      expect(() => guardOf(names.lookup).checkUrl(url)).to.throw(AppError);
      expect(names.asked).to.deep.equal([]);
    });
  }

  for (const url of ["https://93.184.216.34/x", "http://[2606:4700::1111]:8080/", "https://functions.example/lease?x=1"]) {
    it(`takes ${url}`, () => {
      expect(guardOf(undefined).checkUrl(url).href).to.equal(url);
    });
  }

  for (const addresses of [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["::1"], ["::ffff:10.0.0.1"], ["fe80::1"], []]) {
    it(`does not connect to a name of ${addresses.join(" and ") || "no address"}`, async () => {
      const { lookup: names, asked } = resolver(addresses);
      expect(await codeOf(checkReachable(guardOf(names), "alice", "http://functions.example/"))).to.equal("invalid-function");
      expect(asked).to.deep.equal(["functions.example"]);
    });
  }

  it("connects to the very address that it has checked, and checks each connection", async () => {
    const receiver = await startReceiver(() => ({ status: 200, headers: { connection: "close" } }));
    cleanUps.push(receiver.close);
    const { port } = new URL(receiver.url);
    // The name moves to another of our addresses: that one is not allowed.
    const names = resolver(["127.0.0.1"], ["127.0.0.2"]);
    const guard = guardOf(names.lookup, [LOOPBACK]);
    const ask = async () => {
      const body = JSON.stringify({ specversion: "1.0", id: "1", source: "/", type: "t" });
      const headers = { "content-type": "application/cloudevents+json" };
      const answer = await request(`http://functions.example:${port}/`, {
        dispatcher: guard.dispatcherOf("alice"),
        method: "POST",
        body,
        headers,
      });
      await answer.body.dump();
      return answer.statusCode;
    };
    expect(await ask()).to.equal(200);
    expect(await codeOf(ask())).to.equal("invalid-function");
    expect(names.asked).to.have.length(2);
    expect(receiver.deliveries.map(({ headers }) => headers.host)).to.deep.equal([`functions.example:${port}`]);
  });

  it("does not dispatch to an IP address that the caller has not checked", async () => {
    const receiver = await startReceiver();
    cleanUps.push(receiver.close);
    const dispatcher = guardOf(undefined).dispatcherOf("alice");
    expect(await codeOf(request(receiver.url, { dispatcher, method: "OPTIONS" }))).to.equal("invalid-function");
    expect(receiver.deliveries).to.deep.equal([]);
  });

  it("tells of a redirect, and does not follow it", async () => {
    let followed = 0;
    const server = createServer((incoming, response) => {
      if (incoming.url !== "/") followed += 1;
      response.writeHead(302, { location: "/elsewhere" }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    cleanUps.push(() => new Promise((resolve) => server.close(resolve)));
    const { port } = server.address() as { port: number };
    const guard = guardOf(undefined, [LOOPBACK]);
    expect(await codeOf(checkReachable(guard, "alice", `http://127.0.0.1:${port}/`))).to.equal("invalid-function");
    expect(followed).to.equal(0);
    expect(await codeOf(checkReachable(guard, "alice", "http://127.0.0.1:1/"))).to.equal("invalid-function");
  });

  it("reads networks", () => {
    expect(parseIpNetwork("10.1.0.0/16")).to.deep.equal({ address: "10.1.0.0", prefix: 16, family: "ipv4" });
    expect(parseIpNetwork("::1")).to.deep.equal({ address: "::1", prefix: 128, family: "ipv6" });
    for (const text of ["", "x", "10.0.0.0/33", "10.0.0.0/x", "10.0.0.0/8/8", "::/129"]) {
      expect(parseIpNetwork(text), text).to.equal(undefined);
    }
  });
});

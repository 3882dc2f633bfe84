import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { expect } from "chai";
import { createTestApi, type TestApi } from "../api-under-test.js";

const IDLE_COUNT = 1_000;
const HEADERS_TIMEOUT_MS = 500;

describe("clients that take their time", function () {
  this.timeout(120_000);
  let test: TestApi;
  const sockets: Socket[] = [];

  before(async () => {
    test = await createTestApi();
    // As long as it must be for nobody: the API itself gives ten seconds, and looks every five.
    test.api.server.headersTimeout = HEADERS_TIMEOUT_MS;
    await test.api.listen({ host: "127.0.0.1", port: 0 });
  });
  after(async () => {
    for (const socket of sockets) socket.destroy();
    await test.api.close();
  });

  it("are cut, whether they say nothing or never end their header; others are served meanwhile", async () => {
    const { port } = test.api.server.address() as AddressInfo;
    const closed = await Promise.all(
      Array.from({ length: IDLE_COUNT }, async (_, index) => {
        const socket = connect(port, "127.0.0.1");
        sockets.push(socket);
        socket.on("error", () => undefined);
        await once(socket, "connect");
        if (index % 2 === 0) socket.write("GET /healthz HTTP/1.1\r\nhost: a\r\nx-slow: ");
        socket.resume();
        return { end: once(socket, "close") };
      }),
    );
    const { status } = await fetch(`http://127.0.0.1:${port}/healthz`);
    expect(status).to.equal(200);
    await Promise.all(closed.map(({ end }) => end));
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).to.equal(200);
  });
});

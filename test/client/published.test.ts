import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { createContext, runInContext } from "node:vm";
import { expect } from "chai";
import { transform } from "esbuild";
import { buildClient } from "../../scripts/dev/openapi/build-client.js";
import type * as Client from "../../src/client/client.js";
import { BODY, createTestApi, type TestApi } from "../api/api-under-test.js";

// What a browser has as well as Node.js, as far as the client uses it. Neither `process` nor `Buffer` nor `require` is among it.
const WEB = {
  ...{
    AbortController,
    AbortSignal,
    FormData,
    Headers,
    Request,
    Response,
    TextDecoderStream,
    TransformStream,
    URL,
    URLSearchParams,
  },
  ...{ clearTimeout, crypto, fetch, performance, setTimeout },
};

const published = () => createRequire(join(process.cwd(), "package.json")).resolve("event-machine/client");

describe("event-machine/client, as it is published", function () {
  this.timeout(120_000);
  let test: TestApi;
  let url: string;

  before(async () => {
    await buildClient(process.cwd());
    test = await createTestApi();
    url = await test.api.listen({ host: "127.0.0.1", port: 0 });
  });
  after(() => test.api.close());

  it("is found by its name, with its types, and throws its own errors", async () => {
    const file = published();
    const { createClient, ApiError }: typeof Client = await import(file);
    const client = createClient({ url, apiKey: "alice-key" });
    const { id } = await client.transfers.create(BODY);
    expect((await client.transfers.get(id)).id).to.equal(id);
    const error = await client.transfers.get("0x").catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(ApiError);
    expect(await readFile(file.replace(/\.js$/, ".d.ts"), "utf8")).to.match(/export declare function createClient/);
  });

  it("needs no other module, and nothing of its runtime that a browser has not", async () => {
    const code = await readFile(published(), "utf8");
    expect(code).not.to.match(/^import /m);
    const { code: script } = await transform(code, { format: "iife", globalName: "published" });
    const sandbox = createContext({ ...WEB });
    runInContext(script, sandbox);
    const { createClient }: typeof Client = runInContext("published", sandbox);
    const client = createClient({ url, apiKey: "alice-key" });
    const { id } = await client.transfers.create(BODY);
    expect(id).to.match(/^0x/);
    const abort = new AbortController();
    test.deps.events.stream = async ({ after }) => {
      abort.abort();
      return { removed: [], events: [], next: after, more: false, resetTo: undefined };
    };
    for await (const item of client.events.follow({ after: "0" }, { signal: abort.signal })) expect.fail(JSON.stringify(item));
  });
});

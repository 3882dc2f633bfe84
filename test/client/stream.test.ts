import { expect } from "chai";
import { ApiError, ConnectionError, createClient, type StreamItem } from "../../src/client/client.js";
import { startTcpProxy } from "../../tools/support/tcp-proxy.js";
import { until } from "../../tools/support/until.js";
import { commitEvents, idOf, range } from "../support/happening.js";
import { startStreamingApi } from "../support/streaming-api.js";
import { startTestStore } from "../support/watching.js";
import { expectError } from "./expect-error.js";
import { type Behaviour, CUT, startMisbehavingServer } from "./misbehaving-server.js";

const KEY = "operator-key";
const BACKOFF = { firstMs: 1, maxMs: 5 };
const sequencesOf = (told: readonly StreamItem[]) =>
  told.map((item) => (item.kind === "reset" ? -1 : Number(item.event.sequence)));

describe("the client's stream of events", function () {
  this.timeout(120_000);

  /** Follows in the background, and keeps what is told. */
  function follow(url: string, query: Parameters<ReturnType<typeof createClient>["events"]["follow"]>[0], options: object = {}) {
    const abort = new AbortController();
    const told: StreamItem[] = [];
    const client = createClient({ url, apiKey: KEY, backoff: BACKOFF });
    const ended = (async () => {
      for await (const item of client.events.follow(query, { signal: abort.signal, ...options })) told.push(item);
    })();
    ended.catch(() => undefined);
    return { told, ended, abort: () => abort.abort() };
  }

  describe("from the API", () => {
    let store: Awaited<ReturnType<typeof startTestStore>>;
    let api: Awaited<ReturnType<typeof startStreamingApi>>;
    let proxy: Awaited<ReturnType<typeof startTcpProxy>>;

    before(async () => {
      store = await startTestStore();
      await commitEvents(store.db, 1, 10);
      api = await startStreamingApi(store.url, { heartbeatMs: 50 });
      // As the API, but quick to come again.
      proxy = await startTcpProxy(api.url);
    });
    after(async () => {
      await proxy.close();
      await api.close();
      await store.close();
    });

    it("misses nothing and repeats nothing over connections that are cut again and again", async () => {
      const { told, ended, abort } = follow(proxy.url, { after: "0" });
      for (let newest = 10; newest < 40; newest += 10) {
        await until("what has happened is told", () => told.length === newest);
        proxy.refuse(true);
        await commitEvents(store.db, newest + 1, newest + 10);
        proxy.refuse(false);
      }
      await until("all is told", () => told.length === 40);
      expect(sequencesOf(told)).to.deep.equal(range(1, 40));
      expect(told.every(({ kind }) => kind === "event")).to.equal(true);
      abort();
      await ended;

      const again = follow(proxy.url, { after: told[19]?.cursor ?? "", transfer: idOf(0), finality: "final" });
      await until("the rest is told", () => again.told.length === 7);
      expect(sequencesOf(again.told)).to.deep.equal(range(21, 40).filter((sequence) => sequence % 3 === 0));
      again.abort();
    });

    it("begins with what comes from now on, also where the first connection tells nothing", async () => {
      let connections = 0;
      proxy.judge((text) => (text.startsWith("GET /v1/events/stream") && connections++ < 2 ? "cut-before" : undefined));
      const { told, abort } = follow(proxy.url, {});
      await until("it has asked where now is, and was cut", () => connections > 0);
      await commitEvents(store.db, 41, 44);
      await until("it is told", () => told.length === 4);
      expect(sequencesOf(told)).to.deep.equal([41, 42, 43, 44]);
      expect(connections).to.equal(3);
      proxy.judge(undefined);
      abort();
    });

    it("ends with what asking again does not help", async () => {
      const forged = createClient({ url: api.url, apiKey: "forged" }).events.follow({ after: "0" });
      expect((await expectError(forged.next(), ApiError)).code).to.equal("unauthorized");
      const lost = createClient({ url: api.url, apiKey: KEY }).events.follow({ after: "99999999-0-4" });
      expect((await expectError(lost.next(), ApiError)).code).to.equal("invalid-request");
    });

    it("gives its connection back when the caller takes no more", async () => {
      const client = createClient({ url: api.url, apiKey: KEY });
      for (let opened = 0; opened < 60; opened += 1) {
        for await (const { kind } of client.events.follow({ after: "0" })) if (kind === "event") break;
      }
    });
  });

  describe("from a server that misbehaves", () => {
    let server: Awaited<ReturnType<typeof startMisbehavingServer>>;
    before(async () => {
      server = await startMisbehavingServer();
    });
    after(() => server.close());

    const event = (sequence: number, kind?: string) =>
      `id: c-${sequence}\n${kind === undefined ? "" : `event: ${kind}\n`}data: {"sequence":"${sequence}"}\n\n`;
    /** Tells something, and then ends the connection, or lets it be. */
    const tells =
      (text: string, ends = true): Behaviour =>
      (response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(`retry: 1\n\n${text}`, () => ends && response.socket?.destroy());
      };

    it("comes again with the cursor of what it was told last, and not of half an event", async () => {
      server.behave(tells(`${event(1)}${event(2)}id: c-3\ndata: {"sequ`), CUT, tells(event(3), false));
      const { told, abort } = follow(server.url, { after: "0" });
      await until("all is told", () => told.length === 3);
      abort();
      expect(sequencesOf(told)).to.deep.equal([1, 2, 3]);
      expect(server.seen.map(({ url }) => new URL(url, server.url).searchParams.get("after"))).to.deep.equal(["0", "c-2", "c-2"]);
    });

    it("tells what is removed, and what is void", async () => {
      server.behave(tells(`${event(2, "removed")}id: c-0\nevent: reset\ndata: {"after":"1"}\n\n`, false));
      const { told, abort } = follow(server.url, { after: "0" });
      await until("both are told", () => told.length === 2);
      abort();
      expect(told).to.deep.equal([
        { kind: "removed", cursor: "c-2", event: { sequence: "2" } },
        { kind: "reset", cursor: "c-0", after: "1" },
      ]);
    });

    it("takes a connection that has fallen silent for lost", async () => {
      server.behave(tells("", false), tells(event(1), false));
      const reasons: unknown[] = [];
      const silence = { silenceMs: 200, onReconnect: (error: unknown) => reasons.push(error) };
      const { told, abort } = follow(server.url, { after: "0" }, silence);
      await until("it is told on the next", () => told.length > 0);
      abort();
      expect(reasons[0]).to.be.instanceOf(ConnectionError).and.include({ isTimeout: true });
    });

    it("gives up after too many failures in a row", async () => {
      server.behave(CUT);
      const { ended } = follow(server.url, { after: "0" }, { maxReconnects: 3 });
      await expectError(ended, Error);
      expect(server.seen).to.have.length(4);
    });

    it("waits as long as Retry-After says", async () => {
      server.behave({ status: 429, headers: { "retry-after": "1" }, body: {} }, tells(event(1), false));
      const { told, abort } = follow(server.url, { after: "0" });
      await until("it is told", () => told.length === 1);
      abort();
      expect((server.seen[1]?.atMs ?? 0) - (server.seen[0]?.atMs ?? 0)).to.be.at.least(990);
    });
  });
});

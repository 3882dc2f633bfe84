import { expect } from "chai";
import { upsertFunctions } from "../../../src/store/functions/retries.js";
import { type PositionedFunction, superviseFunctions } from "../../../src/watcher/deliver/supervise-functions.js";
import { TEST_SECRETS } from "../../../tools/support/function-secrets.js";
import { recordingLogger } from "../../../tools/support/logger.js";
import { until } from "../../../tools/support/until.js";
import { observer, startTestStore } from "../../support/watching.js";

describe("supervising functions, one of which never ends", function () {
  this.timeout(60_000);
  let store: Awaited<ReturnType<typeof startTestStore>>;

  beforeEach(async () => {
    store = await startTestStore();
  });
  afterEach(() => store.close());

  it("starts others, never runs one twice at once, and returns when it is to stop", async () => {
    const began: string[] = [];
    const ended: string[] = [];
    const abort = new AbortController();
    const { logger, said } = recordingLogger();
    const running = new Map<string, PositionedFunction>();
    const supervised = superviseFunctions(
      {
        db: store.db,
        logger,
        begin: async (fn) => ({ ...fn, position: 0n }),
        deliver: async ({ name }, signal) => {
          began.push(name);
          await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
          // It hangs while it ends.
          if (name === "hangs") await new Promise(() => undefined);
          ended.push(name);
        },
      },
      running,
      abort.signal,
    );
    const url = "http://127.0.0.1:1/";
    await upsertFunctions(store.db, TEST_SECRETS, [observer(url, { name: "hangs" }), observer(url, { name: "good" })]);
    await until("both began", () => began.length === 2);
    await upsertFunctions(store.db, TEST_SECRETS, [observer(url, { name: "hangs" }), observer(url, { name: "good" })]);
    await until("the good one began again with its new secret", () => began.filter((name) => name === "good").length === 2);
    await upsertFunctions(store.db, TEST_SECRETS, [observer(url, { name: "new" })]);
    await until("the new one began", () => began.includes("new"));
    expect(began.filter((name) => name === "hangs")).to.deep.equal(["hangs"]);
    abort.abort();
    await supervised;
    expect(ended).to.have.members(["good", "good", "new"]);
    expect(said("functions did not end in time")).to.equal(true);
  });
});

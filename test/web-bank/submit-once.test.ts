import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { type Browser, chromium } from "playwright-core";
import { submitOnce } from "../../src/banks/web/submit-once.js";
import { until } from "../../tools/support/until.js";
import { CHROMIUM_PATH, describeWithBrowser } from "./web-bank.js";

const ANSWER_MS = 1_000;

describeWithBrowser("a form that is sent once", function () {
  this.timeout(120_000);
  let browser: Browser;
  let server: Server;
  let posts = 0;

  before(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM_PATH, args: ["--no-sandbox", "--disable-gpu"] });
    server = createServer((request, response) => {
      if (request.method === "POST") posts += 1;
      const answer = () => response.setHeader("content-type", "text/html").end("<form method=post><button>send</button></form>");
      if (request.method === "POST") setTimeout(answer, ANSWER_MS);
      else answer();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  after(async () => {
    await browser?.close();
    server?.close();
  });

  it("is not sent again by the browser where whoever pressed has given up before there was an answer", async () => {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const gaveUp = await submitOnce(page, { timeoutMs: 60_000, untilMs: performance.now() + 60_000 }, async () => {
      await page.click("button", { noWaitAfter: true });
      await until("the form is posted", () => posts > 0);
      throw new Error("gave up");
    }).catch((error: unknown) => error);
    expect(String(gaveUp)).to.contain("gave up");
    await page.close();
    await sleep(ANSWER_MS);
    expect(posts).to.equal(1);
  });
});

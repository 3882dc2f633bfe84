import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { readBrowserConfig } from "../../src/config/config.js";
import { type System, startSystem } from "../../tools/system/stack.js";

const { CHROMIUM_PATH } = readBrowserConfig();
export const CHROMIUM_ARGUMENTS =
  "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync".split(
    " ",
  );
// Generous: a busy machine must fail no test.
const TIMEOUT_MS = 100_000;

/** A page of the dashboard, and what went wrong on it. */
export interface Dashboard {
  page: Page;
  /** Errors of its scripts, and what its content security policy refused. */
  errors: string[];
  /** Goes to a place in the page and waits for its heading. */
  open(place: string, heading?: string): Promise<void>;
  close(): Promise<void>;
}

/** The whole system and a browser, for a suite's tests. Where there is no Chromium, scripts/dev/test.ts says so and how to install it. */
export function describeDashboard(title: string, body: (running: () => Running) => void): void {
  if (!existsSync(CHROMIUM_PATH)) return;
  describe(title, function () {
    this.timeout(120_000);
    this.slow(5_000);
    let running: Running | undefined;
    let dataDir: string;

    before(async function () {
      this.timeout(180_000);
      dataDir = await mkdtemp(join(tmpdir(), "event-machine-dashboard-"));
      const [system, browser] = await Promise.all([
        startSystem(dataDir),
        chromium.launch({ executablePath: CHROMIUM_PATH, args: CHROMIUM_ARGUMENTS }),
      ]);
      running = { system, browser };
    });

    after(async () => {
      await running?.browser.close();
      await running?.system.stop();
      await rm(dataDir, { recursive: true, force: true });
    });

    body(() => {
      if (running === undefined) throw new Error("The system is not running");
      return running;
    });
  });
}

export interface Running {
  system: System;
  browser: Browser;
}

/** Opens the dashboard in a browser context of its own. `url`: where, if not at the API itself. */
export async function openDashboard(
  { system, browser }: Running,
  { url = system.stack.apiUrl, ...options }: BrowserContextOptions & { url?: string } = {},
): Promise<Dashboard> {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(TIMEOUT_MS);
  const errors: string[] = [];
  page.on("pageerror", ({ message }) => errors.push(message));
  page.on("console", (message) => {
    if (/content security policy/i.test(message.text())) errors.push(message.text());
  });
  await page.goto(url);
  return {
    page,
    errors,
    async open(place, heading) {
      await page.evaluate(`location.hash = ${JSON.stringify(place)}`);
      if (heading !== undefined) await page.getByRole("heading", { level: 1, name: heading }).waitFor();
    },
    close: () => context.close(),
  };
}

/** Signs in, and waits until the page is live. */
export async function signIn({ page }: Dashboard, apiKey: string): Promise<void> {
  await page.locator("#api-key").fill(apiKey);
  await page.locator("form button[type=submit]").click();
  await page.locator('[data-testid=live][data-state="live"]').waitFor();
}

/** What axe-core finds wrong with the page as it is: rule and element, a line each. */
export async function accessibilityViolations({ page }: Dashboard): Promise<string[]> {
  // By the debugger: the page's policy lets no foreign script in.
  await page.evaluate(await readFile("node_modules/axe-core/axe.min.js", "utf8"));
  const result = (await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")) as {
    violations: { id: string; nodes: { target: string[]; failureSummary: string }[] }[];
  };
  return result.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary}`),
  );
}

/** Makes an API key for a principal with scopes. */
export async function newKey({ system }: Running, principal: string, scopes: readonly string[]): Promise<string> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ principal, scopes, payers: "any" });
  const answer = await system.api.call<{ key: string }>("/v1/api-keys", { method: "POST", headers, body });
  expect(answer.status).to.equal(201);
  return answer.body.key;
}

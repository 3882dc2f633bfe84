import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { createLimiter } from "../limiter.js";
import { browserError } from "./web-errors.js";

/** A bounded number of pages in one browser, each signed in by itself, used again and again. */
export interface BrowserSessions {
  /** Does something with a page that nobody else uses meanwhile. After an error its session is given up, and the next one is fresh. */
  use<T>(work: (page: Page) => Promise<T>): Promise<T>;
  shutdown(): Promise<void>;
}

// Wide enough for a line of the statement; pictures are kept for ever.
const VIEWPORT = { width: 1_100, height: 480 };

/** Only the bank's own pages are ever loaded, so Chromium's sandbox, which needs rights that a container lacks, is left out. */
const ARGUMENTS = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
  ...["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"],
];

/**
 * The browser starts when it is first needed, and again after it has ended.
 *
 * @param options.origin nothing else is loaded
 * @param options.timeoutMs for each thing that a page does
 * @param options.maxSessions at once; further work waits
 */
export function createBrowserSessions(options: {
  executablePath: string;
  origin: string;
  timeoutMs: number;
  maxSessions: number;
}): BrowserSessions {
  const { executablePath, origin, timeoutMs, maxSessions } = options;
  const limit = createLimiter(maxSessions);
  let starting: Promise<Browser> | undefined;
  let idle: Page[] = [];

  async function start(): Promise<Browser> {
    const browser = await chromium.launch({ executablePath, args: ARGUMENTS, handleSIGINT: false, handleSIGTERM: false });
    browser.on("disconnected", () => {
      starting = undefined;
      idle = [];
    });
    return browser;
  }

  async function newPage(): Promise<Page> {
    try {
      starting ??= start();
      const context = await (await starting).newContext({ serviceWorkers: "block", viewport: VIEWPORT });
      await keepTo(context, origin);
      context.setDefaultTimeout(timeoutMs);
      context.setDefaultNavigationTimeout(timeoutMs);
      return await context.newPage();
    } catch (error) {
      // A browser that does not do as it is told is started anew for the next.
      const broken = starting;
      starting = undefined;
      void broken?.then((browser) => browser.close()).catch(() => undefined);
      throw browserError("browser", error);
    }
  }

  return {
    use: (work) =>
      limit(async () => {
        const page = idle.pop() ?? (await newPage());
        try {
          const result = await work(page);
          idle.push(page);
          return result;
        } catch (error) {
          await page
            .context()
            .close()
            .catch(() => undefined);
          throw error;
        }
      }),
    async shutdown() {
      await (await starting?.catch(() => undefined))?.close();
    },
  };
}

async function keepTo(context: BrowserContext, origin: string): Promise<void> {
  await context.route(
    (url) => url.origin !== origin,
    (route) => route.abort("blockedbyclient"),
  );
}

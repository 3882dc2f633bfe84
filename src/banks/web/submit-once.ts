import type { Page, Route } from "playwright-core";

/**
 * Does what makes the page send its form, and sees to it that the form is sent once at most. A browser's own network stack sends a request
 * again, a POST too, if a connection that it had used before ends without an answer: such a bank would book it twice. So the request
 * is taken from the browser and sent from here, over a connection that is never tried twice.
 *
 * @param options.untilMs by the process's clock (performance.now): from then on it is not sent any more
 */
export async function submitOnce<T>(
  page: Page,
  options: { timeoutMs: number; untilMs: number },
  act: () => Promise<T>,
): Promise<T> {
  let sent = false;
  let forwarding: Promise<void> | undefined;
  const send = async (route: Route) => {
    if (route.request().method() === "GET") return await route.fallback();
    if (sent || performance.now() > options.untilMs) return await route.abort();
    sent = true;
    forwarding = forward(route, options.timeoutMs);
    await forwarding;
  };
  await page.route("**/*", send);
  try {
    return await act();
  } finally {
    // Whoever pressed may have given up by now; a request that is let go of before it has its answer, the browser sends itself.
    await forwarding;
    await page.unroute("**/*", send).catch(() => undefined);
  }
}

/** Sends from here what the browser was about to, and gives it the answer; where there is none in time, that. */
async function forward(route: Route, timeoutMs: number): Promise<void> {
  try {
    await route.fulfill({ response: await route.fetch({ maxRedirects: 0, maxRetries: 0, timeout: timeoutMs }) });
  } catch {
    // Whatever went wrong, the page has no answer: whoever reads it then says so.
    await route.abort("connectionreset").catch(() => undefined);
  }
}

import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { startTcpProxy } from "../../../tools/support/tcp-proxy.js";
import { transferBody } from "../../../tools/system/stack.js";
import { waitFor } from "../../../tools/system/wait-for.js";
import { type Dashboard, describeDashboard, openDashboard, type Running, signIn } from "../dashboard-page.js";

const SETTLE_MS = 90_000;

describeDashboard("the dashboard, live", (running) => {
  let dashboard: Dashboard;
  afterEach(async () => {
    await dashboard.close();
  });

  it("has missed nothing after its stream was cut, again and again", async () => {
    const { system } = running();
    const proxy = await startTcpProxy(system.stack.apiUrl);
    try {
      dashboard = await openDashboard(running(), { url: proxy.url });
      await signIn(dashboard, system.stack.secrets.apiKey);
      const send = await sender(running());
      for (let cut = 0; cut < 3; cut += 1) {
        await send(10);
        proxy.refuse(true);
        await dashboard.page.locator('[data-testid=live][data-state="resuming"]').waitFor();
        await send(10);
        proxy.refuse(false);
        await dashboard.page.locator('[data-testid=live][data-state="live"]').waitFor();
      }
      await untilTakenIn(dashboard, running());
      expect(await dashboard.page.locator("[data-testid=live]").getAttribute("data-gaps")).to.equal("0");
      expect(await completedOn(dashboard)).to.equal(await completedAt(running()));
    } finally {
      await proxy.close();
    }
  });

  it("stays at work under a thousand transfers a minute; how long its frames take is printed", async () => {
    const { system } = running();
    dashboard = await openDashboard(running());
    await signIn(dashboard, system.stack.secrets.apiKey);
    await dashboard.page.evaluate(`
      window.frames_ = []; let before = performance.now();
      requestAnimationFrame(function frame(now) { window.frames_.push(now - before); before = now; requestAnimationFrame(frame); });`);
    const send = await sender(running());
    const began = performance.now();
    await send(250, 60);
    const perMinute = (250 / (performance.now() - began)) * 60_000;
    const frames = ((await dashboard.page.evaluate("window.frames_")) as number[]).sort((a, b) => a - b);
    await untilTakenIn(dashboard, running());
    const at = (share: number) => (frames[Math.floor(frames.length * share)] ?? 0).toFixed(1);
    process.stdout.write(
      `      ${perMinute.toFixed(0)} transfers a minute; ${frames.length} frames: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms\n`,
    );
    expect(await completedOn(dashboard)).to.equal(await completedAt(running()));
    expect(dashboard.errors).to.deep.equal([]);
  });
});

/** Sends a number of transfers, so many milliseconds apart, without waiting for them. */
async function sender({ system }: Running): Promise<(count: number, apartMs?: number) => Promise<void>> {
  const [payer, payee] = [await system.newPayer(1_000_000_000n), await system.newPayee()];
  return async (count, apartMs = 5) => {
    const sent: Promise<unknown>[] = [];
    for (let index = 0; index < count; index += 1) {
      sent.push(system.api.post(transferBody(payer, payee, BigInt(100 + index))));
      await sleep(apartMs);
    }
    await Promise.all(sent);
  };
}

/** Until every transfer is final, and the page has the newest event. */
async function untilTakenIn({ page }: Dashboard, { system }: Running): Promise<void> {
  const settled = async () => {
    const { body } = await system.api.call<{ transfers: Record<string, number>; sequence: string }>("/v1/stats/activity");
    const [waiting] = await system.store.query("select from journal where status = 'accepted' limit 1");
    const open = ["STARTED", "PENDING", "REVERSING"].reduce((sum, state) => sum + (body.transfers[state] ?? 0), 0);
    return waiting === undefined && open === 0 && body.sequence;
  };
  const newest = await waitFor("every transfer is final", settled, SETTLE_MS);
  await page.locator(`[data-testid=live][data-sequence="${newest}"]`).waitFor();
}

async function completedOn({ page }: Dashboard): Promise<string> {
  const label = (await page.locator("[data-testid=machine]").getAttribute("aria-label")) ?? "";
  return (/Completed: ([\d,]+)/.exec(label)?.[1] ?? "").replaceAll(",", "");
}

async function completedAt({ system }: Running): Promise<string> {
  const { body } = await system.api.call<{ transfers: Record<string, number> }>("/v1/stats/activity");
  return String(body.transfers.COMPLETED);
}

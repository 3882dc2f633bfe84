import { expect } from "chai";
import { transferBody } from "../../../tools/system/stack.js";
import { waitFor } from "../../../tools/system/wait-for.js";
import { type Dashboard, describeDashboard, newKey, openDashboard, type Running, signIn } from "../dashboard-page.js";
import { suspend } from "../suspend.js";

const ARBITER_SCOPES = ["transfers:read", "transfers:read-any", "transfers:resolve"];

describeDashboard("the dashboard's work for operators", (running) => {
  const open: Dashboard[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((dashboard) => dashboard.close()));
  });

  async function enter(key: string): Promise<Dashboard> {
    const dashboard = await openDashboard(running());
    open.push(dashboard);
    await signIn(dashboard, key);
    return dashboard;
  }

  it("lets a suspended transfer go on by four eyes, and by no two of the same", async () => {
    const id = await suspend(running());
    const [first, second] = await Promise.all(
      ["arbiter-1", "arbiter-2"].map(async (principal) => await enter(await newKey(running(), principal, ARBITER_SCOPES))),
    );
    if (first === undefined || second === undefined) throw new Error("Two were opened");
    await Promise.all([first, second].map((dashboard) => dashboard.open(`#/suspended/${id}`, "Suspended transfers")));
    await first.page.getByRole("button", { name: "Propose" }).click();
    await first.page.getByText("Proposed. Another arbiter must confirm it.").waitFor();
    await confirm(first);
    await first.page.getByRole("alert").waitFor();
    await second.page.getByText("proposed by").waitFor();
    await confirm(second);
    await waitFor("it is resolved", async () =>
      (await running().system.api.events(id)).some(({ type }) => type === "eventmachine.transfer.resolved"),
    );
  });

  it("takes the outcome of a suspended refund from two people of the payer's bank, and not from one", async () => {
    const id = await suspend(running());
    const scopes = ["transfers:read-any", "transfers:read", "transfers:report-outcome"];
    const [first, second] = await Promise.all(
      [1, 2].map(async (number) => await enter(await newKey(running(), `faas-person-${number}`, scopes))),
    );
    if (first === undefined || second === undefined) throw new Error("Two were opened");
    await Promise.all([first, second].map((dashboard) => dashboard.open(`#/suspended/${id}`, "Suspended transfers")));
    await first.page.getByLabel("How you know it").fill("Paid in cash at the counter.");
    await first.page.getByLabel("The bank's own reference").fill("CASH-17");
    await first.page.getByRole("button", { name: "Report", exact: true }).click();
    await first.page.getByText("Reported. Another person of the bank must confirm it").waitFor();
    await confirmReport(first);
    await first.page.getByRole("alert").waitFor();
    await second.page.getByText("Paid in cash at the counter.").waitFor();
    await confirmReport(second);
    await waitFor("it is reversed", async () => (await running().system.api.transfer(id)).state === "REVERSED");
  });

  it("registers a module, runs it, shows what it returned and wrote, and delivers its dead letters again", async () => {
    const { system } = running();
    const { page, open: go } = await enter(system.stack.secrets.apiKey);
    await go("#/register-function", "Register a function");
    await page.getByLabel("Name").fill("large-transfers");
    await page.getByRole("button", { name: "Register", exact: true }).click();
    await page.getByText("large-transfers is registered.").waitFor();
    await page.getByRole("link", { name: "large-transfers" }).click();
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await page.locator("[data-testid=invocation]", { hasText: '"large"' }).waitFor();
    expect(await page.locator("[data-testid=invocation]").innerText()).to.include("20000 THB");

    await registerFailing(running());
    const [payer, payee] = [await system.newPayer(), await system.newPayee()];
    await system.api.post(transferBody(payer, payee));
    await go("#/dead-letters", "Dead letters");
    const letters = page.locator('[data-testid=dead-letters][data-function="always-fails"]');
    await letters.waitFor();
    await letters.getByRole("button", { name: "Deliver again" }).first().click();
    await page.getByText("is delivered again.").waitFor();
  });

  it("tells positions by day and pair of banks, as the page and as CSV", async () => {
    const { system } = running();
    const [payer, payee] = [await system.newPayer(), await system.newPayee()];
    const { body } = await system.api.post(transferBody(payer, payee, 4_321n));
    await system.final(body.id);
    const { page, open: go } = await enter(system.stack.secrets.apiKey);
    await go("#/settlement", "Settlement");
    await page.getByText(`${system.payerBank.id} pays ${system.payeeBank.id}`).waitFor();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download CSV" }).click(),
    ]);
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
    const csv = Buffer.concat(chunks).toString("utf8");
    expect(csv).to.match(/^day,payer_bank,payee_bank,currency,amount,transfers\r\n/);
    expect(csv).to.match(new RegExp(`,${system.payerBank.id},${system.payeeBank.id},THB,\\d+,\\d+\\r\\n`));
  });
});

async function confirm({ page }: Dashboard): Promise<void> {
  await page.getByRole("button", { name: "Confirm as second arbiter" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Confirm as second arbiter" }).click();
}

async function confirmReport({ page }: Dashboard): Promise<void> {
  await page.getByRole("button", { name: "Confirm the report" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Confirm the report" }).click();
}

async function registerFailing({ system }: Running): Promise<void> {
  const source = `import { defineFunction } from "event-machine/function";
export default defineFunction({ on: ["eventmachine.transfer.completed"], handle() { throw new Error("planted"); } });`;
  const retry = { maxAttempts: 1, firstRetryMs: 100, maxRetryMs: 100 };
  const body = JSON.stringify({ name: "always-fails", module: { source }, retry });
  const headers = { "content-type": "application/json" };
  expect((await system.api.call("/v1/functions", { method: "POST", headers, body })).status).to.equal(201);
}

import { expect } from "chai";
import { accessibilityViolations, type Dashboard, describeDashboard, newKey, openDashboard, signIn } from "./dashboard-page.js";

// What `npm test` affords; the rest is in long/, by `npm run test:browser`.
describeDashboard("the dashboard in a browser", (running) => {
  let dashboard: Dashboard;

  beforeEach(async () => {
    dashboard = await openDashboard(running());
  });
  afterEach(async () => {
    await dashboard.close();
  });

  it("lets nobody in with what is no key, and keeps a good one nowhere", async () => {
    const { page } = dashboard;
    const { apiKey } = running().system.stack.secrets;
    await page.locator("#api-key").fill("em_wrong");
    await page.locator("form button[type=submit]").click();
    await page.getByText("This is no valid API key.").waitFor();
    await signIn(dashboard, apiKey);
    const kept = await page.evaluate(
      "JSON.stringify([location.href, { ...localStorage }, { ...sessionStorage }, document.cookie, document.documentElement.outerHTML])",
    );
    expect(kept).not.to.include(apiKey);
    const [cookie] = await page.context().cookies();
    expect(cookie).to.include({ httpOnly: true, sameSite: "Strict" });
    await page.reload();
    await page.locator('[data-testid=live][data-state="live"]').waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.locator("#api-key").waitFor();
    expect(await page.context().cookies()).to.deep.equal([]);
  });

  it("sends a transfer by hand, shows it travel, and finds it again by keys alone", async () => {
    const { system } = running();
    const [payer, payee] = [await system.newPayer(), await system.newPayee()];
    await signIn(dashboard, system.stack.secrets.apiKey);
    const { page } = dashboard;
    await page.keyboard.press("g");
    await page.keyboard.press("s");
    await page.getByLabel("Payer's phone number").fill(payer.phone);
    await page.getByLabel("Payee's phone number").fill(payee.phone);
    await page.getByLabel("Amount").fill("123.4");
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await page.locator('[data-testid=travel][data-state="COMPLETED"]').waitFor();
    expect(await system.payeeBank.balance(payee.account)).to.equal(12_340n);
    await page.locator("h1").click();
    await page.keyboard.press("g");
    await page.keyboard.press("t");
    await page.locator("tbody tr").first().waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "123.40 THB" }).waitFor();
    await page.locator("[data-testid=waits-for]", { hasText: "Nothing: it is final." }).waitFor();
    expect(await page.locator("[data-testid=timeline] > li").count()).to.equal(4);
    const [receipt] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Receipt (JSON)" }).click(),
    ]);
    expect(receipt.suggestedFilename()).to.match(/^receipt-0x[0-9a-f]{8}\.json$/);
    expect(dashboard.errors).to.deep.equal([]);
  });

  it("offers nothing that the key may not do", async () => {
    await signIn(dashboard, await newKey(running(), "reader", ["transfers:read"]));
    const places = await dashboard.page.locator("nav a").allInnerTexts();
    expect(places).to.deep.equal(["Transfers", "API reference"]);
    expect(await dashboard.page.getByRole("link", { name: "Send" }).count()).to.equal(0);
  });

  it("has nothing that axe finds wrong, on the overview and in the list", async () => {
    await signIn(dashboard, running().system.stack.secrets.apiKey);
    await dashboard.page.locator("[data-testid=machine]").waitFor();
    expect(await accessibilityViolations(dashboard)).to.deep.equal([]);
    await dashboard.open("#/transfers", "Transfers");
    await dashboard.page.locator("tbody tr").first().waitFor();
    expect(await accessibilityViolations(dashboard)).to.deep.equal([]);
    expect(dashboard.errors).to.deep.equal([]);
  });
});

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { transferBody } from "../../../tools/system/stack.js";
import {
  accessibilityViolations,
  type Dashboard,
  describeDashboard,
  openDashboard,
  type Running,
  signIn,
} from "../dashboard-page.js";
import { suspend } from "../suspend.js";

// For people to look at.
const FOLDER = "dist/screenshots";
const PLACES: [place: string, en: string, th: string][] = [
  ["#/", "Overview", "ภาพรวม"],
  ["#/transfers", "Transfers", "รายการโอน"],
  ["#/send", "Send a transfer", "โอนเงิน"],
  ["#/suspended", "Suspended transfers", "รายการที่ระงับไว้"],
  ["#/dead-letters", "Dead letters", "ส่งไม่สำเร็จ"],
  ["#/functions", "Functions", "ฟังก์ชัน"],
  ["#/functions/faas-debit", "faas-debit", "faas-debit"],
  ["#/register-function", "Register a function", "ลงทะเบียนฟังก์ชัน"],
  ["#/reconciliation", "Reconciliation", "กระทบยอด"],
  ["#/settlement", "Settlement", "ชำระดุล"],
];
const LOOKS = {
  light: { colorScheme: "light", locale: "en-GB" },
  dark: { colorScheme: "dark", locale: "en-GB" },
  thai: { colorScheme: "light", locale: "th-TH" },
  phone: { colorScheme: "dark", locale: "th-TH", viewport: { width: 390, height: 844 } },
} as const;

describeDashboard("the dashboard's looks", (running) => {
  let id: string;
  before(async () => {
    id = await suspend(running());
    await someTransfers(running());
    await mkdir(FOLDER, { recursive: true });
  });

  for (const [look, options] of Object.entries(LOOKS)) {
    it(`are accessible on every page, and wider than no screen: ${look}`, async function () {
      this.timeout(180_000);
      const dashboard = await openDashboard(running(), options);
      await shoot(dashboard, `${look}-sign-in`);
      await signIn(dashboard, running().system.stack.secrets.apiKey);
      const places: typeof PLACES = [...PLACES, [`#/transfers/${id}`, "100.00 THB", "100.00 THB"], ["#/nowhere", "", ""]];
      for (const [place, en, th] of places) {
        const heading = options.locale === "th-TH" ? th : en;
        await dashboard.open(place, heading === "" ? undefined : heading);
        await dashboard.page.locator(".loading").first().waitFor({ state: "detached" });
        await shoot(dashboard, `${look}-${place.split("/")[1]?.slice(0, 20) || "overview"}`);
      }
      expect(dashboard.errors).to.deep.equal([]);
      await dashboard.close();
    });
  }
});

async function shoot(dashboard: Dashboard, name: string): Promise<void> {
  await dashboard.page.screenshot({ path: join(FOLDER, `${name}.png`), fullPage: true });
  expect(await accessibilityViolations(dashboard), name).to.deep.equal([]);
  const overflow = await dashboard.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
  expect(overflow, `${name} is too wide`).to.equal(0);
}

async function someTransfers({ system }: Running): Promise<void> {
  const [payer, payee] = [await system.newPayer(10_000_000n), await system.newPayee()];
  const sent = await Promise.all(
    Array.from({ length: 40 }, (_, index) => system.api.post(transferBody(payer, payee, BigInt(10_000 + index * 777)))),
  );
  await Promise.all(sent.map(({ body }) => system.final(body.id)));
}

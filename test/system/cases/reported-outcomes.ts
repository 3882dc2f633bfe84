import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { evidenceHash } from "../../../src/domain/evidence.js";
import type { System } from "../../../tools/system/stack.js";
import { suspend } from "../../browser/suspend.js";
import { runCommand } from "../command-line.js";

const SCOPES = ["transfers:read", "transfers:read-any", "transfers:report-outcome"];

/** Outcomes of suspended transfers that two people of a bank report, by the command line. */
export function describeReportedOutcomes(system: () => System): void {
  describe("an outcome that two people of a bank report", () => {
    /** Runs `eventmachine` as a person, with the person's own key in a file. */
    async function personOf(principal: string) {
      const { api, stack } = system();
      const { body } = await api.call<{ key: string }>("/v1/api-keys", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ principal, scopes: SCOPES, payers: "any" }),
      });
      const file = join(stack.dataDir, `${principal}-key`);
      await writeFile(file, body.key, { mode: 0o600 });
      const environment = { EVENT_MACHINE_URL: stack.apiUrl, EVENT_MACHINE_API_KEY_FILE: file };
      return (...args: string[]) => runCommand(environment, ["suspended", ...args]);
    }

    it("ends a refused refund REVERSED, with their statement as its evidence and no posting of the bank", async () => {
      const { api, final, postings, payerBank } = system();
      const id = await suspend({ system: system() });
      const [first, second, stranger] = [
        await personOf("faas-person-1"),
        await personOf("faas-person-2"),
        await personOf("whsk-person-1"),
      ];
      const report = [
        "report",
        id,
        "--outcome",
        "REVERSED",
        "--note",
        "Paid in cash at the counter.",
        "--bank-reference",
        "CASH-17",
      ];
      const strange = await stranger(...report);
      expect(strange.code, strange.err).not.to.equal(0);
      const proposed = await first(...report);
      expect(proposed.code, proposed.err).to.equal(0);
      const evidence = String(proposed.json[0]?.evidence);
      const confirm = ["confirm-report", id, "--outcome", "REVERSED", "--evidence", evidence];
      expect((await first(...confirm)).code).not.to.equal(0);
      expect((await api.transfer(id)).state).to.equal("SUSPENDED");
      const confirmed = await second(...confirm);
      expect(confirmed.code, confirmed.err).to.equal(0);
      expect((await final(id)).state).to.equal("REVERSED");
      expect(await postings(id)).to.deep.equal({ debit: 1, credit: 0, refund: 0 });
      const events = await api.events(id);
      expect(events.find(({ state }) => state === "REVERSED")?.evidence).to.equal(evidence);
      const { body } = await api.call<{ statements: { content: string; hash: string }[] }>(`/v1/transfers/${id}/evidence`);
      const kept = body.statements.find(({ hash }) => hash === evidence);
      expect(evidenceHash(kept?.content ?? "")).to.equal(evidence);
      expect(JSON.parse(kept?.content ?? "{}")).to.include({ transfer: id, bank: payerBank.id, outcome: "REVERSED" });
      // The function closed the refund's name: what arrives later is refused.
      expect((await payerBank.find(`${id}:refund`))?.status).to.equal("refused");
    });
  });
}

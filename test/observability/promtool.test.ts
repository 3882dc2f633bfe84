import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { stringify } from "yaml";
import { expressionsOf, readDashboards } from "./dashboards.js";

const FOLDER = "deploy/observability";

// Debian's package `prometheus` brings promtool. Where it is not installed, .ci/run says so.
const isInstalled = spawnSync("promtool", ["--version"]).error === undefined;

if (isInstalled) {
  describe("Prometheus takes", () => {
    const promtool = (...args: string[]) => execFileSync("promtool", args, { cwd: FOLDER, stdio: "pipe", encoding: "utf8" });

    /** As recording rules, which is how promtool takes an expression without a server. */
    function checkExpressions(expressions: readonly string[]): void {
      const folder = mkdtempSync(join(tmpdir(), "event-machine-rules-"));
      const rules = expressions.map((expr, index) => ({ record: `panel_${index}`, expr }));
      writeFileSync(join(folder, "rules.yml"), stringify({ groups: [{ name: "panels", rules }] }));
      try {
        promtool("check", "rules", join(folder, "rules.yml"));
      } finally {
        rmSync(folder, { recursive: true });
      }
    }

    it("the configuration", () => {
      promtool("check", "config", "prometheus.yml");
    });

    it("every alert rule, which fires when it should and does not when it should not", () => {
      promtool("test", "rules", "alerts.test.yml");
    });

    it("what every panel asks, and not what is wrong", () => {
      checkExpressions(expressionsOf(readDashboards()));
      expect(() => checkExpressions(["sum by (x (up)"])).throws();
    });
  });
}

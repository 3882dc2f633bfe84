import { execFileSync, spawnSync } from "node:child_process";

const FOLDER = "deploy/observability";

// Debian's package `prometheus` brings promtool. Where it is not installed, .ci/run says so.
const isInstalled = spawnSync("promtool", ["--version"]).error === undefined;

if (isInstalled) {
  describe("Prometheus takes", () => {
    const promtool = (...args: string[]) => execFileSync("promtool", args, { cwd: FOLDER, stdio: "pipe", encoding: "utf8" });

    it("the configuration", () => {
      promtool("check", "config", "prometheus.yml");
    });

    it("every alert rule, which fires when it should and does not when it should not", () => {
      promtool("test", "rules", "alerts.test.yml");
    });
  });
}

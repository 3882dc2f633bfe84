import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { runService } from "../../src/bin/wiring/run-service.js";

// A service that logs when it has started and, so many times, as it stops; or that breaks, or forgets a promise that rejects.
const [lines = "1", breaks, how = "tells"] = process.argv.slice(2);
runService(
  "talkative",
  () => "info",
  async (logger, fail) => {
    const alive = setInterval(() => undefined, 1_000);
    logger.info("started");
    if (breaks !== undefined)
      void sleep(Number(breaks)).then(() => {
        if (how === "forgets") throw new Error("forgotten");
        fail(new Error("broken"));
      });
    return {
      stop: async () => {
        for (let line = 0; line < Number(lines); line += 1) logger.info({ line, padding: "x".repeat(100) }, "stopping");
        clearInterval(alive);
      },
    };
  },
);

import process from "node:process";
import Mocha from "mocha";
import { findCompose } from "./compose-project.js";

// npm run test:compose: docker-compose.yml and its overlays on a real engine. Without one nothing is tested, and nothing is said to have
// passed. npm run test:compose:upgrade -- <git revision>: an earlier revision's services beside this one's.

const [which = "compose"] = process.argv.slice(2);

const TIMEOUT_MS = 20 * 60_000; // The first build is the longest; every wait has a bound of its own.

async function main(): Promise<void> {
  if ((await findCompose()) === undefined) {
    process.stdout.write("skipped: no Docker engine\n");
    return;
  }
  const mocha = new Mocha({ timeout: TIMEOUT_MS, bail: true });
  mocha.addFile(`test/compose/${which}.test.ts`);
  await mocha.loadFilesAsync();
  let aborted = false;
  const runner = await new Promise<Mocha.Runner>((resolve) => {
    const running: Mocha.Runner = mocha.run(() => resolve(running));
    for (const signal of ["SIGINT", "SIGTERM"]) {
      process.on(signal, () => {
        aborted = true;
        // What was started is taken down all the same.
        running.abort();
      });
    }
  });
  const { passes = 0, failures = 0 } = runner.stats ?? {};
  process.stdout.write(`${passes} passed, ${failures} failed\n`);
  process.exitCode = failures === 0 && passes > 0 && !aborted ? 0 : 1;
}

await main();

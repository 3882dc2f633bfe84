import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type System, startSystem } from "../../tools/system/stack.js";
import { describeCommandLine } from "./cases/command-line.js";
import { describeCompletion } from "./cases/completes.js";
import { describeCrashes } from "./cases/crashes.js";
import { describeDeliveries } from "./cases/deliveries.js";
import { describeDocumentation } from "./cases/documentation.js";
import { describeFunctions } from "./cases/functions.js";
import { describeFuzz } from "./cases/fuzz.js";
import { describeInvariants } from "./cases/invariants.js";
import { describeLostAnswers } from "./cases/lost-answers.js";
import { describeMetrics } from "./cases/metrics.js";
import { describeMovedNumbers } from "./cases/moved-numbers.js";
import { describePrivacy } from "./cases/privacy.js";
import { describeReceipts } from "./cases/receipts.js";
import { describeRefusals } from "./cases/refusals.js";
import { describeReportedOutcomes } from "./cases/reported-outcomes.js";
import { describeRestart } from "./cases/restart.js";
import { describeSameRequest } from "./cases/same-request.js";
import { describeTraces } from "./cases/traces.js";

// Real parts only: a chain, PostgreSQL, two banks, six functions, the watcher and the API, each a process of its own.
describe("the whole system", function () {
  this.timeout(120_000);
  this.slow(2_000);
  let dataDir: string;
  let system: System | undefined;
  const running = () => {
    if (system === undefined) throw new Error("The system is not running");
    return system;
  };

  before(async function () {
    this.timeout(180_000);
    dataDir = await mkdtemp(join(tmpdir(), "event-machine-test-"));
    system = await startSystem(dataDir);
  });

  // A test that failed must not leave its faults to the next.
  afterEach(async () => {
    await Promise.all([system?.payerBank.setFaults({}), system?.payeeBank.setFaults({})]);
  });

  after(async () => {
    await system?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  describeCompletion(running);
  describeDeliveries(running);
  describeSameRequest(running);
  describeRefusals(running);
  describeReceipts(running);
  describeLostAnswers(running);
  describeMovedNumbers(running);
  describeReportedOutcomes(running);
  describeMetrics(running);
  describeFunctions(running);
  describeCommandLine(running);
  describeTraces(running);
  // Not before the traces: the watcher takes notice of a function that is gone a little later.
  describeDocumentation(running);
  describeCrashes(running);
  describePrivacy(running);
  describeInvariants(running);
  describeFuzz(running);
  describeRestart(running, async () => {
    await system?.stop();
    system = undefined;
    system = await startSystem(dataDir);
  });
});

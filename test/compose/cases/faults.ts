import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { eventually } from "../../../scripts/compose/compose-project.js";
import { RECOVERED_WITHIN_MS, type RunningProject, SERVICES, timed } from "../running-project.js";

// The chain is kept in memory: killed, it is another chain. That has a test of its own.
const KILLED = SERVICES.filter((service) => service !== "chain");
const PAUSE_MS = 2_000;
const STORE_OUTAGE_MS = 30_000;

/** What goes wrong while money moves; after each, the oracle. */
export function describeFaults(running: () => RunningProject): void {
  async function expectSound(): Promise<void> {
    expect(await running().violations()).to.deep.equal([]);
  }

  it("finishes a transfer whose function was killed, once it is back", async () => {
    const { project, startTransfer, stateOf, completes } = running();
    await project.docker("kill", "whsk-credit");
    const id = await startTransfer();
    await eventually(
      () => stateOf(id),
      (state) => state === "PENDING",
      RECOVERED_WITHIN_MS,
    );
    await sleep(1_000);
    expect(await stateOf(id)).to.equal("PENDING");
    await project.docker("start", "whsk-credit");
    await timed("completed after the function's return", () => completes(id));
    await expectSound();
  });

  it("starts a function again that ended by itself", async () => {
    const { project, untilHealthy, transferCompletes } = running();
    // Its container may have ended before the command's own end is told.
    await project.exec("faas-debit", "node", "-e", "process.kill(1, 'SIGTERM')").catch(() => undefined);
    await eventually(
      () => project.container("faas-debit"),
      ({ RestartCount }) => RestartCount >= 1,
      RECOVERED_WITHIN_MS,
    );
    await untilHealthy();
    await transferCompletes();
  });

  it("loses and doubles nothing when each service in turn is killed while money moves", async () => {
    const { project, ends, startTransfer, transferCompletes, untilHealthy, whileMoneyMoves } = running();
    await timed(`killed ${KILLED.length} services`, () =>
      whileMoneyMoves(async () => {
        for (const service of KILLED) {
          await project.docker("kill", service);
          await sleep(500);
          await project.docker("start", service);
          await ends(await startTransfer());
        }
      }),
    );
    await untilHealthy();
    await transferCompletes();
    await expectSound();
  });

  it("loses and doubles nothing when each service in turn stands still while money moves", async () => {
    const { project, untilHealthy, whileMoneyMoves } = running();
    await timed(`paused ${SERVICES.length} services`, () =>
      whileMoneyMoves(async () => {
        for (const service of SERVICES) {
          // The engine cannot freeze a container in which a process is just being started, as a health check is.
          const freeze = () =>
            project
              .docker("pause", service)
              .then(() => true)
              .catch(() => false);
          await eventually(freeze, (frozen) => frozen, RECOVERED_WITHIN_MS);
          await sleep(PAUSE_MS);
          await project.docker("unpause", service);
        }
      }),
    );
    await untilHealthy();
    await expectSound();
  });

  it("says that it is not ready while PostgreSQL is away for half a minute, and goes on afterwards", async () => {
    const { project, api, untilHealthy, whileMoneyMoves } = running();
    await whileMoneyMoves(async () => {
      await project.compose(["stop", "postgres"]);
      const until = Date.now() + STORE_OUTAGE_MS;
      await eventually(
        () => readiness(api.statusOf),
        (status) => status === 503,
        STORE_OUTAGE_MS,
      );
      await sleep(Math.max(0, until - Date.now()));
      await project.compose(["start", "postgres"]);
    });
    await untilHealthy();
    await expectSound();
  });
}

function readiness(statusOf: (path: string) => Promise<number>): Promise<number> {
  return statusOf("/readyz").catch(() => 0);
}

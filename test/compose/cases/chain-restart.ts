import { expect } from "chai";
import { eventually } from "../../../scripts/compose/compose-project.js";
import { DEMO_BANKS } from "../../../scripts/stack/demo-network.js";
import { AMOUNT_MINOR, RECOVERED_WITHIN_MS, type RunningProject, runningProject, timed } from "../running-project.js";

/** The chain of compose is kept in memory: what happens when it is another one. */
export function describeChainRestart(running: () => RunningProject, apiPort: () => number): void {
  it("refuses a chain that was started anew, until it is told to rebuild", async () => {
    const { project } = running();
    const [payer] = DEMO_BANKS;
    const before = await running().domain();
    const balance = await running().balance(payer);
    await project.compose(["restart", "chain"]);
    await eventually(
      () =>
        running()
          .api.statusOf("/readyz")
          .catch(() => 0),
      (status) => status === 503,
      RECOVERED_WITHIN_MS,
    );
    const readiness = ["node", "-e", 'fetch("http://127.0.0.1:8080/readyz").then((r) => r.text()).then(console.log)'];
    await eventually(
      () => project.exec("whsk-refund", ...readiness).catch(String),
      (text) => text.includes("chain-unexpected"),
      RECOVERED_WITHIN_MS,
    );

    await project.compose(["down"]);
    await project.compose(["up", "-d", "watcher"]);
    expect(await running().domain()).not.to.equal(before);
    const log = () => project.compose(["logs", "--no-color", "watcher"]);
    await eventually(log, (text) => text.includes("The store holds the projection of another chain"), RECOVERED_WITHIN_MS);
    expect((await project.container("deploy")).State.ExitCode).to.equal(0);
    expect(await project.compose(["logs", "--no-color", "deploy"])).to.include(
      "REBUILD_ON_FOREIGN_CHAIN=true docker compose up -d",
    );

    // The way out, as docker-compose.yml tells it. The ledgers have stayed.
    await project.compose(["down"]);
    await timed("up on a new chain", () => project.compose(["up", "-d"], { REBUILD_ON_FOREIGN_CHAIN: "true" }));
    const afresh = await runningProject(project, apiPort());
    await afresh.untilHealthy();
    await afresh.transferCompletes();
    expect(await afresh.balance(payer)).to.equal(balance - AMOUNT_MINOR);
  });
}

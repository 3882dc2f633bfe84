import { expect } from "chai";
import type { ComposeProject } from "../../../scripts/compose/compose-project.js";
import { DEMO_BANKS } from "../../../scripts/stack/demo-network.js";
import { bringUp, type RunningProject, runningProject, timed } from "../running-project.js";

/**
 * A second project beside the first, on Anvil in place of Hardhat's node.
 * @param beside a project of another name, with docker-compose.anvil.yml
 */
export function describeBeside(running: () => RunningProject, beside: () => ComposeProject, apiPort: () => number): void {
  it("runs a second project beside the first, on Anvil, and neither hears of the other", async () => {
    const [payer] = DEMO_BANKS;
    await timed("up on Anvil", () => bringUp(beside()));
    const other = await runningProject(beside(), apiPort());
    expect(await other.domain()).not.to.equal(await running().domain());
    const before = await running().balance(payer);
    await other.whileMoneyMoves(async () => undefined);
    expect(await other.violations()).to.deep.equal([]);
    expect(await running().balance(payer)).to.equal(before);
    for (const id of other.api.accepted) expect(await running().api.statusOf(`/v1/transfers/${id}`)).to.be.oneOf([401, 404]);
    // The key of the one opens nothing at the other.
    const key = (await beside().exec("api", "cat", "/run/secrets/BOOTSTRAP_API_KEY")).trim();
    expect(key).not.to.equal((await running().project.exec("api", "cat", "/run/secrets/BOOTSTRAP_API_KEY")).trim());
    await running().transferCompletes();
  });

  it("takes the second down without a trace, and the first goes on", async () => {
    await beside().compose(["stop", "chain"]);
    expect((await beside().container("chain")).State.ExitCode).to.equal(0);
    await beside().compose(["down", "--volumes", "--remove-orphans"]);
    expect([...(await beside().containers()).keys()]).to.deep.equal([]);
    await running().transferCompletes();
    expect(await running().violations()).to.deep.equal([]);
  });
}

import { expect } from "chai";
import { until } from "../../tools/support/until.js";
import { startFunctionHost } from "../support/function-host.js";

type Host = Awaited<ReturnType<typeof startFunctionHost>>;

const SLOW = "export default { on: [], handle: () => new Promise((resolve) => setTimeout(resolve, 1500)) };";
const QUICK = "export default { on: [], handle: () => 1 };";

describe("two principals at one function host", function () {
  this.timeout(180_000);
  let host: Host;

  before(async () => {
    host = await startFunctionHost({ FUNCTION_PROCESSES_MAX: "4" });
  });
  after(() => host.stop());

  it("run side by side: forty slow functions of one hold up neither a run nor a registration of the other's", async () => {
    const slow = host.know(SLOW);
    let ended = 0;
    const runs = Array.from({ length: 40 }, (_, index) =>
      host.invoke(`slow-${index}`, slow, null, "greedy").finally(() => {
        ended += 1;
      }),
    );
    await until("the greedy principal's functions run", async () => (await host.processes()) >= 2);
    const registered = await host.compile("export default { on: ['eventmachine.transfer.started'], handle() {} };", "modest");
    const ran = await host.invoke("quick", host.know(QUICK), null, "modest");
    // Two at a time of forty: behind them all, the other principal would have waited for nineteen rounds.
    expect(ended).to.be.below(20);
    expect([registered.on, ran.output]).to.deep.equal([["eventmachine.transfer.started"], 1]);
    void Promise.allSettled(runs);
  });
});

describe("a principal with more requests than the function host queues", function () {
  this.timeout(120_000);
  let host: Host;

  before(async () => {
    host = await startFunctionHost({ FUNCTION_PROCESSES_MAX: "1" });
  });
  after(() => host.stop());

  it("is told to come again, and leaves places to another principal", async () => {
    const slow = host.know(SLOW);
    await host.invoke("slow", slow, null, "greedy");
    const refused: string[] = [];
    for (let index = 0; index < 150; index += 1) {
      host.invoke(`slow-${index}`, slow, null, "greedy").catch((error: Error) => refused.push(error.message));
    }
    // Half of 200 places are one principal's.
    await until("fifty are refused", () => refused.length === 50);
    for (const message of refused) expect(message).to.match(/503.*function-host-unavailable/);
    expect((await host.invoke("quick", host.know(QUICK), null, "modest")).output).to.equal(1);
    expect(refused).to.have.length(50);
  });
});

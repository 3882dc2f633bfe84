import process from "node:process";
import * as restate from "@restatedev/restate-sdk";
import { type EngineTransfer, openBanks, readEngineConfig, transferMoney } from "./workflow.js";

// The transfer as a Restate workflow, which Restate's server calls: node restate-service.ts <configuration file>.

const config = await readEngineConfig(process.argv[2]);
const banks = openBanks(config);

const transfer = restate.workflow({
  name: "transfer",
  handlers: {
    run: (context: restate.WorkflowContext, input: Omit<EngineTransfer, "id">) =>
      transferMoney((name, run) => context.run(name, run), banks, { id: context.key, ...input }),
  },
});
await restate.serve({ services: [transfer], port: config.port });
process.stdout.write("READY\n");

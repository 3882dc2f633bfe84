import process from "node:process";
import { DBOS } from "@dbos-inc/dbos-sdk";
import { fastify } from "fastify";
import { type EngineTransfer, openBanks, readEngineConfig, type Step, transferMoney } from "./workflow.js";

// The transfer as a DBOS workflow, with an HTTP API: node dbos-service.ts <configuration file>.

const STEP_ATTEMPTS = 100;

const config = await readEngineConfig(process.argv[2]);
const banks = openBanks(config);
const step: Step = (name, run) => DBOS.runStep(run, { name, retriesAllowed: true, maxAttempts: STEP_ATTEMPTS });
const transfer = DBOS.registerWorkflow((input: EngineTransfer) => transferMoney(step, banks, input), { name: "transfer" });

DBOS.setConfig({ name: "transfers", systemDatabaseUrl: config.databaseUrl, logLevel: "warn", enableOTLP: false });
await DBOS.launch();

const app = fastify();
app.post<{ Params: { id: string }; Body: Omit<EngineTransfer, "id"> }>("/transfer/:id/run", async ({ params, body }) => {
  const { id } = params;
  return await (await DBOS.startWorkflow(transfer, { workflowID: id })({ id, ...body })).getResult();
});
app.post<{ Params: { id: string }; Body: Omit<EngineTransfer, "id"> }>(
  "/transfer/:id/run/send",
  async ({ params, body }, reply) => {
    const { id } = params;
    await DBOS.startWorkflow(transfer, { workflowID: id })({ id, ...body });
    return reply.code(202).send({ id });
  },
);
await app.listen({ host: "127.0.0.1", port: config.port });
process.stdout.write("READY\n");

process.once("SIGTERM", async () => {
  await app.close();
  await DBOS.shutdown();
  process.exit(0);
});

import { runCli } from "../../src/bin/eventmachine.js";

await runCli();

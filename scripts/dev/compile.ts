import process from "node:process";
import { buildContracts } from "../stack/build-contracts.js";

// What the launcher runs in a fresh clone.
await buildContracts(process.cwd());

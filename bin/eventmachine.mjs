#!/usr/bin/env node
// `npx eventmachine …` in this repository: the command line, by the launcher, so that a fresh clone and an older Node.js will do.
import process from "node:process";

process.argv.splice(2, 0, "ops/eventmachine");
await import("../scripts/launch.mjs");

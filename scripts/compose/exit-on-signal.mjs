// For `node --import`: ends a program that does not handle signals itself, and has nothing to lose, with exit code 0. As process 1 of
// a container it would ignore them, and be killed after the grace period.
import process from "node:process";

for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { AppError } from "../domain/app-error.js";

/** The text of the program that a module's process runs: whole, with the engine in it, so that the process reads no file. */
export async function readRunner(): Promise<string> {
  // By its folder, because in the bundle this code lies in another beside it.
  const path = fileURLToPath(new URL("../function-host/runner/runner.js", import.meta.url));
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new AppError("config-invalid", "The function host runs bundled only: npm start, or scripts/compose/bundle.ts.", {
      cause,
    });
  }
}

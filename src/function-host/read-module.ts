import { readFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { fileURLToPath } from "node:url";
import { type ProcessLimits, startFunctionProcess } from "./function-process.js";

/** The text of the program that a function's process runs, compiled or not. */
export async function readRunner(): Promise<string> {
  // By its folder, because in the bundle this code lies in another beside it.
  const compiled = fileURLToPath(new URL("../function-host/runner.js", import.meta.url));
  try {
    return await readFile(compiled, "utf8");
  } catch {
    // Run from its TypeScript.
    return stripTypeScriptTypes(await readFile(compiled.replace(/\.js$/, ".ts"), "utf8"));
  }
}

/**
 * Strips a module's types and loads it once, in a process like those that run it. Types are not checked, and what is not erasable
 * (enums, namespaces) is refused.
 */
export async function readModule(
  runner: string,
  source: string,
  limits: ProcessLimits,
): Promise<{ code: string; on: readonly string[] } | { error: string }> {
  let code: string;
  try {
    code = stripTypeScriptTypes(source);
  } catch (error) {
    return { error: `The module does not compile: ${error instanceof Error ? error.message : String(error)}` };
  }
  try {
    const loaded = await startFunctionProcess({ runner, code }, limits);
    await loaded.stop();
    return { code, on: loaded.on };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

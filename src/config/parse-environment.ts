import { readFileSync } from "node:fs";
import { cleanEnv, EnvMissingError, type ValidatorSpec } from "envalid";
import { AppError } from "../domain/app-error.js";

/** The process's environment, or a test's. */
export type Environment = Readonly<Record<string, string | undefined>>;

type Specs<T> = { [K in keyof T]: ValidatorSpec<T[K]> };

/**
 * Looks at several variables together. `given`: whether a variable has a value; `value`: which. Returns problems: a variable's name, and
 * what is wrong.
 */
export type Check = (
  given: (name: string) => boolean,
  value: (name: string) => string | undefined,
) => [name: string, problem: string][];

/**
 * Parses the variables that `specs` names and freezes the result. A variable `X` may come from the file that `X_FILE` names, so
 * that secrets need not stand in the environment.
 * @throws AppError `config-invalid` that lists every problem at once; values are not repeated.
 */
export function parseEnvironment<T>(environment: Environment, specs: Specs<T>, ...checks: Check[]): Readonly<T> {
  const problems = new Map<string, string>();
  const values: Record<string, string | undefined> = {};
  for (const name of Object.keys(specs)) values[name] = readVariable(environment, name, problems);
  const parsed = cleanEnv(values, specs as Record<string, ValidatorSpec<unknown>>, {
    reporter: ({ errors }) => {
      for (const [name, error] of Object.entries<Error | undefined>(errors)) {
        if (error === undefined || problems.has(name)) continue;
        problems.set(name, `${name}: ${error instanceof EnvMissingError ? "is missing" : error.message}`);
      }
    },
  });
  for (const [name, problem] of checks.flatMap((check) =>
    check(
      (one) => values[one] !== undefined,
      (one) => values[one],
    ),
  )) {
    if (!problems.has(name)) problems.set(name, `${name}: ${problem}`);
  }
  if (problems.size > 0) {
    throw new AppError(
      "config-invalid",
      `Invalid configuration; see .env.example.\n${[...problems.values()].map((line) => `  ${line}`).join("\n")}`,
    );
  }
  return Object.freeze({ ...parsed }) as Readonly<T>;
}

function readVariable(environment: Environment, name: string, problems: Map<string, string>): string | undefined {
  const path = environment[`${name}_FILE`];
  if (path === undefined || path === "") return environment[name] === "" ? undefined : environment[name];
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    problems.set(name, `${name}_FILE: the file ${path} cannot be read`);
    return undefined;
  }
}

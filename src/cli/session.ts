import type { Command } from "commander";
import type { EventMachineClient } from "../client/client.js";
import type { CliContext } from "./context.js";
import { createOutput, type Output } from "./output.js";

/** What one command works with. */
export interface Session {
  /** Made when it is first asked for: what needs no API needs no key either. */
  readonly client: EventMachineClient;
  readonly output: Output;
  readonly signal: AbortSignal;
  warn(text: string): void;
  readInput(path: string): Promise<string>;
}

/** What a command does, with its arguments and options. @returns The exit code. */
export type Handler<Options extends object> = (session: Session, args: string[], options: Options) => Promise<number>;

/** Turns what commands do into Commander's actions. */
export interface Runner {
  act<Options extends object = object>(handler: Handler<Options>): (...given: unknown[]) => Promise<void>;
  exitCode(): number;
}

export function createRunner(context: CliContext): Runner {
  let exitCode = 0;
  return {
    act<Options extends object>(handler: Handler<Options>) {
      return async (...given: unknown[]) => {
        const command = given.at(-1) as Command;
        exitCode = await handler(openSession(context, command), command.args, command.opts<Options>());
      };
    },
    exitCode: () => exitCode,
  };
}

function openSession(context: CliContext, command: Command): Session {
  const { json = false }: { json?: boolean } = command.optsWithGlobals();
  let client: EventMachineClient | undefined;
  return {
    get client() {
      client ??= context.connect();
      return client;
    },
    output: createOutput(context.write, json),
    signal: context.signal,
    warn: context.warn,
    readInput: context.readInput,
  };
}

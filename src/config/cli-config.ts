import { existsSync } from "node:fs";
import { str } from "envalid";
import { type Check, type Environment, parseEnvironment } from "./parse-environment.js";
import { httpUrl, privateFile } from "./validators.js";

// What `npm start` writes, for the API on this machine only.
const LOCAL_KEY_FILE = ".eventmachine/api-key";

const specs = {
  EVENT_MACHINE_URL: httpUrl({ default: "http://127.0.0.1:8080" }),
  EVENT_MACHINE_API_KEY_FILE: privateFile({ default: "" }),
  EVENT_MACHINE_API_KEY: str({ default: "" }),
};

const checkKey: Check = (given) =>
  given("EVENT_MACHINE_API_KEY")
    ? []
    : [["EVENT_MACHINE_API_KEY", "is missing: set it or EVENT_MACHINE_API_KEY_FILE, or be where npm start runs"]];

/** The command line's configuration: which API, and the key, in a variable or in a file that is its owner's alone. */
export function parseCliEnvironment(environment: Environment) {
  const isTold = Object.keys(specs).some((name) => environment[name]);
  const given = isTold || !existsSync(LOCAL_KEY_FILE) ? environment : { EVENT_MACHINE_API_KEY_FILE: LOCAL_KEY_FILE };
  return parseEnvironment(given, specs, checkKey);
}

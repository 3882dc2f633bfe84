import { createFunctionSecrets } from "../../src/domain/function-secrets.js";

const KEY = `0x${"5e".repeat(32)}`;

/** The key of tests' services, as they read it from the environment. */
export const FUNCTION_SECRET_KEYS = JSON.stringify({ 1: KEY });

/** The same key, for what a test does in its own process. */
export const TEST_SECRETS = createFunctionSecrets(new Map([[1, KEY]]), 1);

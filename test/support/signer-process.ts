import process from "node:process";
import { startSignerServer } from "./signer-server.js";

// node --import tsx test/support/signer-process.ts <private key> <chain id>: prints its URL, and serves until it is killed.
const [key = "", chainId = ""] = process.argv.slice(2);
const { url } = await startSignerServer({ key, chainId: BigInt(chainId) });
process.stdout.write(`${url}\n`);

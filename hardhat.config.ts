import { fileURLToPath } from "node:url";
import hardhatToolboxMochaEthers from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { configVariable, defineConfig } from "hardhat/config";

// The compiler is the npm package `solc`, so compiling needs no network. `paris` (no PUSH0, no MCOPY) runs on every chain since the Merge's
// rules, consortium chains and Ganache among them.
const compiler = {
  version: "0.8.37",
  path: fileURLToPath(import.meta.resolve("solc/soljson.js")),
  settings: {
    evmVersion: "paris",
    viaIR: true,
    optimizer: { enabled: true, runs: 1_000_000 },
  },
};

// Ignition deploys with the profile `production`: both profiles are the same, so that what is deployed is what is tested.
const profile = { compilers: [compiler], isolated: false };

export default defineConfig({
  plugins: [hardhatToolboxMochaEthers],
  solidity: {
    profiles: { default: profile, production: profile },
    npmFilesToBuild: ["@openzeppelin/contracts/access/manager/AccessManager.sol"],
  },
  // Solidity tests and what tests contracts; everything else is mocha's own, see scripts/dev/test.ts.
  paths: { tests: { mocha: "test/contracts", solidity: "test/contracts" } },
  test: {
    // The limit is for a test that hangs: a slow machine fails none.
    mocha: { timeout: 120_000 },
    // What every run can afford; `npm run fuzz` takes any number.
    solidity: { fuzz: { runs: 256, seed: "0x1234" }, invariant: { runs: 16, depth: 64, failOnRevert: true } },
  },
  networks: {
    // The chain of the contracts' suite: as many accounts as a network of three banks has parts.
    default: { type: "edr-simulated", chainType: "l1", accounts: { count: 24 } },
    // The chain of `npm start`: `hardhat node --network localchain`. Blocks come faster than one a second, and must not run ahead of the clock.
    localchain: { type: "edr-simulated", chainType: "l1", allowBlocksWithSameTimestamp: true },
    // A node that signs for its own accounts, as a local Hardhat node or Anvil does.
    local: { type: "http", chainType: "l1", url: configVariable("CHAIN_RPC_URL"), accounts: "remote" },
    // Any other chain.
    target: {
      type: "http",
      chainType: "l1",
      url: configVariable("CHAIN_RPC_URL"),
      accounts: [configVariable("DEPLOYER_PRIVATE_KEY")],
    },
  },
});

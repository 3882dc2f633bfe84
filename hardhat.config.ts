import { fileURLToPath } from "node:url";
import hardhatToolboxMochaEthers from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { configVariable, defineConfig } from "hardhat/config";

// The compiler is the npm package `solc`, so compiling needs no network.
const compiler = {
  version: "0.8.37",
  path: fileURLToPath(import.meta.resolve("solc/soljson.js")),
  settings: {
    evmVersion: "osaka",
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
  networks: {
    // The chain that `npm start` and Docker Compose run, or any other: the URL and the deployer's key come from the environment.
    target: {
      type: "http",
      chainType: "l1",
      url: configVariable("CHAIN_RPC_URL"),
    },
  },
});

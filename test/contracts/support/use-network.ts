import hre, { network } from "hardhat";
import { deployNetwork, type Network } from "../../../tools/contracts/network.js";
import { type ChainHelpers, chainHelpers } from "./chain-helpers.js";

export type TestNetwork = Network & { helpers: ChainHelpers };

/** Gas of every transaction on another node, which would estimate it from a block that may not be the transaction's. */
const GAS = 16_000_000n;

/** Gives the tests of a file a chain of their own; each call of what is returned puts it back to three banks and no transfer. */
export function useNetwork(): () => Promise<TestNetwork> {
  let connection: Awaited<ReturnType<typeof network.create>> | undefined;
  let helpers: ChainHelpers | undefined;

  before(async () => {
    // `npm run test:nodes` names the network of another node.
    const other = hre.globalOptions.network === "local";
    connection = await (other ? network.create({ network: "local", override: { gas: GAS } }) : network.create());
    helpers = await chainHelpers(connection);
  });

  after(async () => {
    await connection?.close();
  });

  async function threeBanksFixture(): Promise<TestNetwork> {
    if (connection === undefined || helpers === undefined) throw new Error("The chain has not been created yet");
    return { ...(await deployNetwork(connection.ethers)), helpers };
  }

  return async () => {
    if (helpers === undefined) throw new Error("The chain has not been created yet");
    return await helpers.loadFixture(threeBanksFixture);
  };
}

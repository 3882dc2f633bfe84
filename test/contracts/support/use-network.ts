import type { NetworkHelpers } from "@nomicfoundation/hardhat-network-helpers/types";
import { network } from "hardhat";
import { deployNetwork, type Network } from "./network.js";

export type TestNetwork = Network & { helpers: NetworkHelpers<string> };

/** Gives the tests of a file a chain of their own; each call of what is returned puts it back to three banks and no transfer. */
export function useNetwork(): () => Promise<TestNetwork> {
  let connection: Awaited<ReturnType<typeof network.create>> | undefined;

  before(async () => {
    connection = await network.create();
  });

  after(async () => {
    await connection?.close();
  });

  async function threeBanksFixture(): Promise<TestNetwork> {
    if (connection === undefined) throw new Error("The chain has not been created yet");
    return { ...(await deployNetwork(connection.ethers)), helpers: connection.networkHelpers };
  }

  return async () => {
    if (connection === undefined) throw new Error("The chain has not been created yet");
    return await connection.networkHelpers.loadFixture(threeBanksFixture);
  };
}

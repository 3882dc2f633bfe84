import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { JsonRpcProvider, Wallet } from "ethers";
import hre from "hardhat";
import { deployNetwork, forgetDeployment } from "../../scripts/ops/deploy-network.js";
import type { Members } from "../../scripts/ops/members.js";
import { checkDeployment } from "../../scripts/ops/verify-deployment-check.js";
import { parseDeployment } from "../../src/chain/deployment.js";
import { organisationToBytes } from "../../src/domain/ids.js";
import { BankRepo__factory, TransferStateRepo__factory } from "../../types/ethers-contracts/index.js";

const DAY_SECONDS = 86_400;

describe("a deployment by script", () => {
  const domain = `0x${randomBytes(32).toString("hex")}`;
  const deploymentId = `test-${domain.slice(2, 10)}`;
  const bankAdmin = Wallet.createRandom();
  const organisationAdmin = Wallet.createRandom();
  const [initiator, arbiter, registrar, operator, admin, person] = Array.from(
    { length: 6 },
    () => Wallet.createRandom().address,
  ) as [string, string, string, string, string, string];
  const members: Members = {
    admin: { address: admin, delaySeconds: DAY_SECONDS },
    organisations: [
      {
        id: "shop",
        admin: organisationAdmin.address,
        adminPrivateKey: organisationAdmin.privateKey,
        initiators: [initiator],
      },
    ],
    arbiters: [arbiter],
    registrars: [registrar],
    fundWei: "1000000000000000000",
    banks: [
      {
        id: "FAASTHB1",
        admin: bankAdmin.address,
        adminPrivateKey: bankAdmin.privateKey,
        sealingKey: `0x${"11".repeat(32)}`,
        accountsOperators: [],
        legsOperators: [operator],
        outcomesOperators: [person],
        organisations: ["shop"],
      },
      // Only its admin's address is known: it does its own part itself.
      {
        id: "WHSKTHB1",
        admin: Wallet.createRandom().address,
        sealingKey: `0x${"22".repeat(32)}`,
        accountsOperators: [],
        legsOperators: [],
        outcomesOperators: [],
        organisations: [],
      },
    ],
  };
  let folder: string;
  let provider: JsonRpcProvider;
  let stop: () => Promise<void>;
  let url: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "event-machine-deploy-"));
    const server = await hre.network.createServer("localchain", "127.0.0.1", 0);
    const { address, port } = await server.listen();
    url = `http://${address}:${port}`;
    stop = () => server.close();
    provider = new JsonRpcProvider(url);
  });

  after(async () => {
    provider.destroy();
    await stop();
    await forgetDeployment(deploymentId);
    await rm(folder, { recursive: true, force: true });
  });

  it("is fit for production: the admin acts with a delay, and the deployer is nobody", async () => {
    const deploymentFile = join(folder, "deployment.json");
    const options = { network: "local", url, domain, deploymentId, deploymentFile };
    const deployed = await deployNetwork(options, members, () => undefined);
    const written = parseDeployment(await readFile(deploymentFile, "utf8"), deploymentFile);
    expect(written).to.deep.equal(deployed);
    const { rows, problems } = await checkDeployment(written, provider, { production: true });
    expect(problems).to.deep.equal([]);
    expect(rows).to.not.have.length(0);
    const banks = BankRepo__factory.connect(written.contracts.bankRepo, provider);
    expect((await banks.operatorOf(operator)).kinds).to.equal(2n);
    expect((await banks.operatorOf(person)).kinds).to.equal(4n);
    expect(await banks.organisationOf(initiator)).to.equal(organisationToBytes("shop"));
    expect(await banks.isAdmitted("0x4641415354484231", organisationToBytes("shop"))).to.equal(true);
    expect((await banks.get("0x5748534b54484231")).active).to.equal(true);
    expect(await TransferStateRepo__factory.connect(written.contracts.transferStateRepo, provider).domain()).to.equal(domain);
  });
});

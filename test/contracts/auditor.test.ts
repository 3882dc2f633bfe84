import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { FunctionFragment, Interface, type InterfaceAbi } from "ethers";
import hre, { artifacts } from "hardhat";
import { ACCESS, type Access } from "../../scripts/ops/verify-deployment-access.js";
import { GANACHE_VERSION } from "../../scripts/stack/ganache.js";
import { type AuditorFacts, auditorFacts, opcodesOf } from "./support/auditor-facts.js";
import { namesIn, numbersAfter, type Page, readPage, rowsOf } from "./support/auditor-page.js";
import { contractSources, type Sources } from "./support/solidity-ast.js";

const PAGE = "docs/contracts/auditor.md";
const OWN = ["BankRepo", "PhoneAccountRepo", "TransferStateRepo"] as const;
const DEPLOYED = [...OWN, "AccessManager"];

describe("the auditor's page", () => {
  let page: Page;
  let sources: Sources;
  let facts: AuditorFacts;

  before(async () => {
    page = readPage(await readFile(new URL(`../../${PAGE}`, import.meta.url), "utf8"));
    sources = contractSources();
    facts = auditorFacts(sources);
  });

  it("names every function that writes, once, with who may call it and what a closed contract does", async () => {
    expect(await accessDifferences(page)).to.deep.equal([]);
  });

  it("names every part of a person or service that may call a function among who can do what", () => {
    const parts = rowsOf(page, "who", "named by").map(([part = ""]) => part);
    for (const [, , who = ""] of rowsOf(page, "contract", "functions")) {
      if (who === "the access manager") continue;
      expect(
        parts.some((part) => who.includes(part)),
        who,
      ).to.equal(true);
    }
  });

  it("tells of inline assembly, of calls to other contracts and of loops what the sources have", () => {
    expect(sourceDifferences(page, facts)).to.deep.equal([]);
  });

  it("tells which functions take ether, and which opcodes the deployed bytecode holds", async () => {
    expect(await bytecodeDifferences(page)).to.deep.equal([]);
  });

  it("tells the compiler's settings and the versions of what is built on", async () => {
    const { version, settings } = hre.config.solidity.profiles.default?.compilers[0] ?? {};
    const manifest = JSON.parse(await readFile("package.json", "utf8")) as Record<string, Record<string, string>>;
    const told = Object.fromEntries(rowsOf(page, "compiled with").map(([name = "", value = ""]) => [name, namesIn(value)[0]]));
    expect(told).to.deep.equal({
      solc: version,
      EVM: settings?.evmVersion,
      "IR pipeline": String(settings?.viaIR),
      "optimizer's runs": String(settings?.optimizer?.runs),
      "OpenZeppelin Contracts": manifest.devDependencies?.["@openzeppelin/contracts"],
    });
    expect(page.text).to.include(`Anvil ${manifest.optionalDependencies?.["@foundry-rs/anvil-linux-amd64"]} `);
    expect(page.text).to.include(`Ganache ${GANACHE_VERSION} `);
  });

  describe("is found wrong", () => {
    const lies: [string, (text: string) => string][] = [
      ["a function is left out", (text) => text.replace("`markPending`, ", "")],
      ["a function that does not exist is named", (text) => text.replace("`markPending`, ", "`markPending`, `markPaid`, ")],
      ["a function is given to another part", (text) => text.replace("| arbiter | refuses |", "| registrar | refuses |")],
      [
        "a function is said to go on in a closed contract",
        (text) => text.replace("| arbiter | refuses |", "| arbiter | goes on |"),
      ],
      ["a function stands in two rows", (text) => text.replace("`complete`, ", "`complete`, `markPending`, ")],
    ];
    for (const [title, lie] of lies) {
      it(`where ${title}`, async () => {
        const told = lie(page.text);
        expect(told).to.not.equal(page.text);
        expect(await accessDifferences(readPage(told))).to.not.be.empty;
      });
    }

    it("where it leaves out assembly, a call or a loop, or gives a loop another bound", () => {
      const untrue = [
        ["`AuthorityUtils.canCallWithDelay`", "none"],
        ["`TransferStateRepo → IBankRepo.get`, ", ""],
        ["`AccessManaged → IAccessManager.consumeScheduledOp`", "none"],
        ["`TransferStateRepo.wordsOf`, ", ""],
        ["| 400 |", "| 401 |"],
      ] as const;
      for (const [truth, lie] of untrue) {
        expect(page.text).to.include(truth);
        expect(sourceDifferences(readPage(page.text.replace(truth, lie)), facts), truth).to.not.be.empty;
      }
    });

    it("where it leaves out a function that takes ether or an opcode, or counts an opcode otherwise", async () => {
      const untrue = [
        ["`AccessManager.execute`", "none"],
        ["`CALL` 1", "`CALL` 2"],
        [", `DELEGATECALL` 1", ", none"],
      ] as const;
      for (const [truth, lie] of untrue) {
        expect(page.text).to.include(truth);
        expect(await bytecodeDifferences(readPage(page.text.replace(truth, lie))), truth).to.not.be.empty;
      }
    });

    it("where a contract gets assembly, a call, a loop, a new contract or an end that the page does not tell of", () => {
      const found = sourceDifferences(page, auditorFacts({ ...sources, [PLANTED_IN]: { content: planted(sources) } }));
      expect(found).to.have.members([
        "the page lacks: BankRepo.withAssembly",
        "the page lacks: BankRepo → address.staticcall",
        "the page lacks: BankRepo → address.delegatecall",
        "the page lacks: BankRepo → address.call",
        "the page lacks: BankRepo → address.transfer",
        "the page lacks: BankRepo → address.new",
        "the page lacks: BankRepo → address.selfdestruct",
        "the page lacks: BankRepo.withLoop: unknown",
      ]);
    });
  });
});

const PLANTED_IN = "contracts/repositories/BankRepo.sol";

/** The source of BankRepo with functions in it that it must not have. */
function planted(sources: Sources): string {
  const clean = sources[PLANTED_IN]?.content ?? "";
  const end = clean.lastIndexOf("}");
  return `${clean.slice(0, end)}
    function withAssembly() external { assembly {} }
    function withStaticCall(address target) external view returns (bool ok) { (ok,) = target.staticcall(""); }
    function withDelegateCall(address target) external returns (bool ok) { (ok,) = target.delegatecall(""); }
    function withCall(address target) external returns (bool ok) { (ok,) = target.call{value: 1}(""); }
    function withTransfer(address payable target) external { target.transfer(1); }
    function withNew() external { new Made(); }
    function withEnd(address payable target) external { selfdestruct(target); }
    function withLoop() external { while (true) {} }
}

contract Made {}
`;
}

/** What the page's table of functions says otherwise than the ABIs and the table that `access.test.ts` tries on a chain. */
async function accessDifferences(page: Page): Promise<string[]> {
  const told = rowsOf(page, "contract", "functions").flatMap(([contract = "", functions = "", who, closed]) =>
    (contract === "all three" ? OWN : namesIn(contract)).flatMap((owner) =>
      namesIn(functions).map((name) => `${owner}.${name}: ${who}; ${closed}`),
    ),
  );
  const actual: string[] = [];
  for (const contract of OWN) {
    for (const { name } of writesIn((await artifacts.readArtifact(contract)).abi)) {
      const access = (ACCESS[contract] as Record<string, Access>)[name];
      actual.push(`${contract}.${name}: ${access === undefined ? "unknown" : `${whoMay(access)}; ${whenClosed(access)}`}`);
    }
  }
  return differences(told, actual);
}

function writesIn(abi: InterfaceAbi): FunctionFragment[] {
  return new Interface(abi).fragments
    .filter((fragment) => FunctionFragment.isFragment(fragment))
    .filter(({ constant }) => !constant);
}

function whoMay(access: Access): string {
  if (access.by === "role") return access.role.toLowerCase();
  if (access.by === "authority") return "the access manager";
  return access.orRole === undefined ? access.who : `${access.who}, or ${access.orRole.toLowerCase()}`;
}

function whenClosed(access: Access): string {
  if (access.by === "authority") return "goes on";
  if (access.by === "role" || access.stopped === "closed") return "refuses";
  return access.orRole === undefined ? "goes on" : `refuses the ${access.orRole.toLowerCase()}`;
}

/** What the page says of assembly, calls and loops otherwise than the sources. */
function sourceDifferences(page: Page, facts: AuditorFacts): string[] {
  const told = (what: string) =>
    namesIn(rowsOf(page, "what", "where").find(([name]) => name === what)?.[1] ?? "").filter((name) => /[.→]/.test(name));
  const loops = rowsOf(page, "loops").flatMap(([names = "", bound]) =>
    namesIn(names)
      .filter((name) => name.includes("."))
      .map((name) => `${name}: ${bound}`),
  );
  return [
    ...differences(told("inline assembly"), facts.assembly),
    ...differences(told("calls to other contracts that can only read"), facts.readsElsewhere),
    ...differences(told("calls to other contracts that can write"), facts.writesElsewhere),
    ...differences(loops, facts.loops),
  ];
}

/** What the page says of ether and opcodes otherwise than the ABIs and the deployed bytecode. */
async function bytecodeDifferences(page: Page): Promise<string[]> {
  const payable: string[] = [];
  const opcodes: string[] = [];
  for (const contract of DEPLOYED) {
    const { abi, deployedBytecode } = await artifacts.readArtifact(contract);
    const { fragments, fallback, receive } = new Interface(abi);
    const paid = fragments.filter((fragment) => FunctionFragment.isFragment(fragment)).filter((fragment) => fragment.payable);
    payable.push(...paid.map(({ name }) => `${contract}.${name}`));
    if (fallback !== null || receive) payable.push(`${contract}.fallback or receive`);
    opcodes.push(...Object.entries(opcodesOf(deployedBytecode)).map(([name, count]) => `${contract}: ${name} ${count}`));
  }
  const [, takers = ""] = rowsOf(page, "what", "where").find(([name = ""]) => name.startsWith("functions that take ether")) ?? [];
  const counted = rowsOf(page, "opcodes").flatMap(([contract = "", counts = ""]) =>
    numbersAfter(counts).map(([name, count]) => `${namesIn(contract)[0]}: ${name} ${count}`),
  );
  return [
    ...differences(
      namesIn(takers).filter((name) => name.includes(".")),
      payable,
    ),
    ...differences(counted, opcodes),
  ];
}

/** What only one of the two lists has, or has more often. */
function differences(told: readonly string[], actual: readonly string[]): string[] {
  const rest = [...actual];
  const untrue = told.filter((line) => {
    const at = rest.indexOf(line);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
  return [...untrue.map((line) => `the page alone has: ${line}`), ...rest.map((line) => `the page lacks: ${line}`)];
}

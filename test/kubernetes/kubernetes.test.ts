import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { parseAllDocuments } from "yaml";

// The manifests by the schemas of Kubernetes 1.3x, Knative and CloudNativePG, as their npm packages carry them. Nothing is run.

const FOLDER = "deploy/kubernetes";
const isInstalled = spawnSync("kubectl", ["kustomize", "--help"]).status === 0;

interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  spec?: Record<string, unknown>;
}

interface Selector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values: string[] }[];
}

interface Rule {
  from?: Peer[];
  to?: Peer[];
  ports?: { protocol: string; port: number }[];
}

interface Peer {
  podSelector?: Selector;
  namespaceSelector?: Selector;
}

/** What the packages export for each kind: a class whose instances validate themselves. */
type Model = new (data: unknown) => { validate(): void };

const base = readdirSync(join(FOLDER, "base"))
  .filter((file) => !["kustomization.yaml", "name-references.yaml"].includes(file))
  .flatMap((file) => parse(readFileSync(join(FOLDER, "base", file), "utf8")));
const pods = base.filter(hasPods);

describe("the manifests for Kubernetes", () => {
  for (const manifest of base) {
    it(`are valid: ${manifest.kind} ${manifest.metadata.name}`, () => validate(manifest));
  }

  it("would be caught being wrong: a port in words, a policy without a selector, a cluster without instances", async () => {
    const broken = (kind: string, change: (copy: Manifest) => void) => {
      const copy = structuredClone(base.find((manifest) => manifest.kind === kind) as Manifest);
      change(copy);
      return validate(copy).then(
        () => "valid",
        () => "invalid",
      );
    };
    expect(await broken("Deployment", ({ spec }) => Object.assign(spec ?? {}, { replicas: "two" }))).to.equal("invalid");
    expect(await broken("Deployment", ({ spec }) => delete spec?.selector)).to.equal("invalid");
    expect(await broken("Cluster", ({ spec }) => delete spec?.instances)).to.equal("invalid");
    expect(await broken("Service", ({ spec }) => Object.assign(spec ?? {}, { ports: "http" }))).to.equal("invalid");
  });

  it("give each function a key of its own, and one instance at most", () => {
    const functions = base.filter(({ apiVersion }) => apiVersion === "serving.knative.dev/v1");
    expect(functions).to.have.length(3);
    const secrets = functions.map(({ metadata, spec }) => {
      const text = JSON.stringify(spec);
      expect(text, metadata.name).to.include('"autoscaling.knative.dev/max-scale":"1"');
      return /"secretName":"([^"]+)"/.exec(text)?.[1];
    });
    expect(new Set(secrets).size).to.equal(3);
  });

  it("hold no secret, run nothing as root, and write to no root file system", () => {
    expect(base.filter(({ kind }) => kind === "Secret")).to.deep.equal([]);
    for (const { metadata, spec } of pods) {
      const text = JSON.stringify(spec);
      const isHost = metadata.name === "function-host";
      // The function host begins as root, to give each module's process a user of its own; nobody else has any right.
      expect(text.includes('"add":'), metadata.name).to.equal(isHost);
      if (isHost)
        expect(text).to.include('"add":["KILL","SETGID","SETUID"]').and.include('"command":["bash","function-host.sh"]');
      for (const setting of [
        ...(isHost ? [] : ['"runAsNonRoot":true']),
        '"readOnlyRootFilesystem":true',
        '"allowPrivilegeEscalation":false',
        '"drop":["ALL"]',
      ]) {
        expect(text, metadata.name).to.include(setting);
      }
      expect(text, metadata.name).to.include('"livenessProbe"').and.include('"limits"');
    }
  });

  it("have nothing in the overlays that is not valid", async () => {
    const files = readdirSync(join(FOLDER, "overlays"), { recursive: true, encoding: "utf8" });
    const manifests = files
      .filter((file) => file.endsWith(".yaml") && !file.endsWith("kustomization.yaml"))
      .flatMap((file) => parse(readFileSync(join(FOLDER, "overlays", file), "utf8")));
    expect(manifests.map(({ kind }) => kind)).to.include.members(["Broker", "Trigger", "NetworkPolicy"]);
    for (const manifest of manifests) await validate(manifest);
  });

  it("wake each function by the broker for what it is woken for directly", () => {
    for (const [name, type] of [
      ["debit", "started"],
      ["credit", "pending"],
      ["refund", "reversing"],
    ]) {
      const [trigger] = parse(readFileSync(join(FOLDER, `overlays/broker/trigger-${name}.yaml`), "utf8"));
      expect(JSON.stringify(trigger?.spec), name)
        .to.include(`"type":"eventmachine.transfer.${type}"`)
        .and.include('"type":"eventmachine.transfer.resolved"')
        .and.include('"type":"eventmachine.transfer.outcome-proposed"')
        .and.include(`"name":"${name}-a"`);
    }
  });

  it("deny what no policy allows", () => {
    const deny = base.find(({ metadata }) => metadata.name === "default-deny");
    expect(deny?.spec).to.deep.equal({ podSelector: {}, policyTypes: ["Ingress", "Egress"] });
  });

  it("let API, watcher and Prometheus reach the function host, nobody else, and it reach nothing, not even names", () => {
    const http = [{ protocol: "TCP", port: 8080 }];
    const isMetrics = (rule: Rule) => JSON.stringify(rule.from).includes("event-machine/monitoring");
    const heard = rulesOf("function-host", "ingress");
    expect(heard.filter(isMetrics)).to.have.length(1);
    const others = heard.filter((rule) => !isMetrics(rule));
    expect(others.map(({ from, ports }) => [selectedBy(from), ports])).to.deep.equal([[["api-a", "watcher"], http]]);
    expect(rulesOf("function-host", "egress")).to.deep.equal([]);
    for (const { metadata } of pods.filter(({ metadata: { name } }) => name !== "function-host")) {
      const rules = rulesOf(metadata.name, "egress");
      expect(JSON.stringify(rules), metadata.name).to.include('"port":53');
      const toHost = rules.filter(
        ({ to, ports = http }) => selectedBy(to).includes("function-host") && ports.some(({ port }) => port === 8080),
      );
      expect(toHost, metadata.name).to.have.length(["api-a", "watcher"].includes(metadata.name) ? 1 : 0);
    }
  });

  it("give the function host's token to it, the API and the watcher, from one Secret, and the host nothing else", () => {
    for (const { metadata, spec } of pods) {
      const text = JSON.stringify(spec);
      const isClient = ["api-a", "watcher"].includes(metadata.name);
      const file = '{"name":"FUNCTION_HOST_TOKEN_FILE","value":"/run/secrets/function-host/FUNCTION_HOST_TOKEN"}';
      for (const part of [file, '"secretName":"function-host"', '"mountPath":"/run/secrets/function-host"']) {
        expect(text.includes(part), `${metadata.name}: ${part}`).to.equal(isClient || metadata.name === "function-host");
      }
      expect(text.includes('"value":"http://function-host"'), metadata.name).to.equal(isClient);
    }
    const host = JSON.stringify(pods.find(({ metadata }) => metadata.name === "function-host"));
    expect(host.match(/"(secretName|secretKeyRef|configMapRef)":/g)).to.deep.equal(['"secretName":']);
  });

  it("give the keys of functions' secrets to the API and the watcher, and to nobody else", () => {
    for (const { metadata, spec } of pods) {
      const clients: Record<string, string> = { "api-a": "api", watcher: "watcher" };
      const client = clients[metadata.name];
      const file = `{"name":"FUNCTION_SECRET_KEYS_FILE","value":"/run/secrets/${client}/FUNCTION_SECRET_KEYS"}`;
      expect(JSON.stringify(spec).includes("FUNCTION_SECRET_KEYS"), metadata.name).to.equal(client !== undefined);
      expect(JSON.stringify(spec).includes(file), metadata.name).to.equal(client !== undefined);
    }
  });

  // Where there is no kubectl, .ci/run says so.
  if (isInstalled) {
    for (const overlay of readdirSync(join(FOLDER, "overlays"))) {
      it(`are put together by the overlay ${overlay}, all of them valid and in one namespace`, async () => {
        const built = execFileSync("kubectl", ["kustomize", join(FOLDER, "overlays", overlay)], { encoding: "utf8" });
        const manifests = parse(built);
        expect(manifests.length).to.be.above(base.length);
        for (const manifest of manifests) {
          await validate(manifest);
          if (manifest.kind !== "Namespace")
            expect(manifest.metadata.namespace, manifest.metadata.name).to.equal("event-machine");
        }
        const settings = manifests.find(({ kind }) => kind === "ConfigMap")?.metadata.name ?? "";
        expect(settings).to.match(/^settings-/);
        for (const { metadata, spec } of manifests.filter(hasPods)) {
          expect(JSON.stringify(spec), metadata.name).to.include(`"name":"${settings}"`);
        }
      });
    }
  }
});

function hasPods({ kind, apiVersion }: Manifest): boolean {
  return kind === "Deployment" || apiVersion.startsWith("serving.");
}

function parse(text: string): Manifest[] {
  return parseAllDocuments(text, { version: "1.1" }).map((document) => {
    expect(document.errors).to.deep.equal([]);
    return document.toJS() as Manifest;
  });
}

/** The rules of every policy that is for the pods of a Deployment or of a Knative Service. */
function rulesOf(name: string, direction: "ingress" | "egress"): Rule[] {
  const labels = labelsOf(pods.find(({ metadata }) => metadata.name === name) as Manifest);
  return base
    .filter(({ kind }) => kind === "NetworkPolicy")
    .map(({ spec }) => spec as { podSelector: Selector; ingress?: Rule[]; egress?: Rule[] })
    .filter(({ podSelector }) => selects(podSelector, labels))
    .flatMap((policy) => policy[direction] ?? []);
}

/** Whose pods the peers are, and which other namespaces. A rule without peers is for everybody. */
function selectedBy(peers: readonly Peer[] = [{ podSelector: {} }]): string[] {
  const names = peers.flatMap(({ podSelector = {}, namespaceSelector }) =>
    namespaceSelector === undefined
      ? pods.filter((pod) => selects(podSelector, labelsOf(pod))).map(({ metadata }) => metadata.name)
      : [JSON.stringify(namespaceSelector)],
  );
  return names.toSorted();
}

function labelsOf({ spec }: Manifest): Record<string, string> {
  return (spec as { template: { metadata: { labels: Record<string, string> } } }).template.metadata.labels;
}

function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Record<string, string>): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values }) => {
      expect(operator).to.be.oneOf(["In", "NotIn"]);
      return values.includes(labels[key] ?? "") === (operator === "In");
    })
  );
}

async function validate(manifest: Manifest): Promise<void> {
  const { apiVersion, kind } = manifest;
  const group = apiVersion.split("/")[0] ?? "";
  const from = group.endsWith("knative.dev")
    ? "@kubernetes-models/knative"
    : group.endsWith("cnpg.io")
      ? "@kubernetes-models/cloudnative-pg"
      : "kubernetes-models";
  const module = (await import(`${from}/${apiVersion}/${kind}`)) as Record<string, Model>;
  const model = module[kind];
  if (model === undefined) throw new Error(`There is no schema of ${apiVersion} ${kind}.`);
  new model(manifest).validate();
}

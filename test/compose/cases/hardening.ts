import { expect } from "chai";
import { LEGS, ONE_SHOTS, type RunningProject, SERVICES } from "../running-project.js";

// KILL, SETGID and SETUID: the function host starts each module's process as a user of its own, and ends it.
const FUNCTION_HOST_RIGHTS = "00000000000000e0";
const METRICS_PORT = 9464;

/** How each container is fenced in. */
export function describeHardening(running: () => RunningProject): void {
  it("runs nothing as root", async () => {
    const { project } = running();
    for (const service of SERVICES) {
      const status = await project.exec(service, "cat", "/proc/1/status");
      // Real, effective, saved and file system's.
      const uids = /^Uid:\s+(.*)$/m.exec(status)?.[1]?.split(/\s+/);
      expect(new Set(uids), service).to.deep.equal(new Set([service === "postgres" ? "999" : "1000"]));
      expect(/^CapEff:\s+(.*)$/m.exec(status)?.[1], service).to.equal(
        service === "function-host" ? FUNCTION_HOST_RIGHTS : "0000000000000000",
      );
    }
  });

  it("publishes the API's port only, on loopback, and writes to no root file system", async () => {
    for (const [service, { HostConfig }] of await running().project.containers()) {
      const published = Object.values(HostConfig.PortBindings).flat();
      expect(published, service).to.have.length(service === "api" ? 1 : 0);
      expect(published.every(({ HostIp }) => HostIp === "127.0.0.1")).to.equal(true);
      expect(HostConfig.ReadonlyRootfs, service).to.equal(true);
    }
  });

  it("lets the function host reach no service, by name or by address, on no port", async () => {
    const { project } = running();
    const containers = await project.containers();
    const its = Object.keys((await project.container("function-host")).NetworkSettings.Networks);
    for (const service of SERVICES.filter((name) => name !== "function-host")) {
      const networks = containers.get(service)?.NetworkSettings.Networks ?? {};
      expect(
        Object.keys(networks).filter((name) => its.includes(name)),
        service,
      ).to.deep.equal([]);
      const addresses = [service, ...Object.values(networks).map(({ IPAddress }) => IPAddress)];
      const ports = addresses.flatMap((address) => [METRICS_PORT, 8080].map((port) => `${address}/${port}`));
      // The function host's own metrics are found by the same attempt.
      const own = `127.0.0.1/${METRICS_PORT}`;
      const attempts = [...ports, own].map(
        (port) => `(timeout 2 bash -c "exec 3<>/dev/tcp/${port}" 2>/dev/null && echo ${port}) &`,
      );
      expect((await project.exec("function-host", "bash", "-c", `${attempts.join("\n")}\nwait`)).trim(), service).to.equal(own);
    }
  });

  it("runs each module as a user of its own, in the function host that API and watcher reach by a socket", async () => {
    const { project, api } = running();
    const source = 'export default { on: ["eventmachine.transfer.started"], handle: () => 7 };';
    const registered = await api.call("/v1/functions", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "isolated", module: { source } }),
    });
    expect(registered.status, JSON.stringify(registered.body)).to.equal(201);
    const ran = await api.call<{ output: unknown }>("/v1/functions/isolated/invocations", {
      method: "POST",
      headers: { "content-type": "application/json", prefer: "wait=30" },
      body: JSON.stringify({ input: null }),
    });
    expect(ran.body.output, JSON.stringify(ran.body)).to.equal(7);
    const uids = await project.exec("function-host", "bash", "-c", "cat /proc/[0-9]*/status | grep ^Uid:");
    expect(uids).to.match(/^Uid:\s+60[7-9][0-9]{2}\s|^Uid:\s+61[01][0-9]{2}\s/m);
    await api.call("/v1/functions/isolated", { method: "DELETE" });
  });

  it("limits what each container takes, watches its health, and starts it again", async () => {
    for (const [service, { HostConfig, Config }] of await running().project.containers()) {
      expect(HostConfig.Memory, service).to.be.above(0);
      expect(HostConfig.PidsLimit, service).to.be.above(0);
      if (ONE_SHOTS.includes(service)) continue;
      expect(Config.Healthcheck?.Test, service).to.have.length.above(1);
      expect(HostConfig.RestartPolicy.Name, service).to.equal("unless-stopped");
    }
  });

  it("shows each service its own secrets only, and none in the environment", async () => {
    const { project } = running();
    const containers = await project.containers();
    const values = new Map<string, string>();
    for (const service of [...SERVICES, "register"].filter((name) => name !== "chain")) {
      const container = containers.get(service);
      const volumes = container?.Mounts.filter(({ Name }) => Name?.includes("_secrets-")).map(({ Name }) =>
        Name?.split("_").at(-1),
      );
      expect(volumes).to.deep.equal([`secrets-${service}`]);
      expect(
        container?.Config.Env.filter((entry) => /0x[0-9a-f]{64}|whsec_|em_|password=/i.test(entry)),
        service,
      ).to.deep.equal([]);
    }
    for (const service of LEGS) values.set(await project.exec(service, "cat", "/run/secrets/OPERATOR_PRIVATE_KEY"), service);
    expect(values.size).to.equal(LEGS.length);
  });
}

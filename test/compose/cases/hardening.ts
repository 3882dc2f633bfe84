import { expect } from "chai";
import { LEGS, ONE_SHOTS, type RunningProject, SERVICES } from "../running-project.js";

/** How each container is fenced in. */
export function describeHardening(running: () => RunningProject): void {
  it("runs nothing as root", async () => {
    const { project } = running();
    for (const service of SERVICES) {
      const status = await project.exec(service, "cat", "/proc/1/status");
      // Real, effective, saved and file system's.
      const uids = /^Uid:\s+(.*)$/m.exec(status)?.[1]?.split(/\s+/);
      expect(new Set(uids), service).to.deep.equal(new Set([service === "postgres" ? "999" : "1000"]));
      expect(/^CapEff:\s+(.*)$/m.exec(status)?.[1], service).to.equal("0000000000000000");
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

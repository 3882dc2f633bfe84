import { readFileSync } from "node:fs";
import { expect } from "chai";
import { parse } from "yaml";
import { expressionsOf, readDashboards } from "./dashboards.js";

const PROVISIONING = "deploy/observability/grafana/provisioning";

describe("every dashboard", () => {
  const dashboards = readDashboards();

  it("has an id of its own, and panels with ids, titles and a word of explanation", () => {
    expect(dashboards.length).equal(2);
    expect(new Set(dashboards.map(({ uid }) => uid)).size).equal(dashboards.length);
    for (const { file, panels } of dashboards) {
      expect(panels.length, file).above(10);
      expect(new Set(panels.map(({ id }) => id)).size, file).equal(panels.length);
      expect(panels.filter(({ title, description, targets }) => !title || !description || targets.length === 0)).deep.equal([]);
    }
  });

  it("lays its panels out beside each other, not over each other", () => {
    for (const { file, panels } of dashboards) {
      const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, index) => `${x + (index % w)} ${y + Math.floor(index / w)}`),
      );
      expect(new Set(cells).size, file).equal(cells.length);
      expect(
        panels.every(({ gridPos: { x, w } }) => x + w <= 24),
        file,
      ).equal(true);
    }
  });

  it("asks the data source that is provisioned", () => {
    const { datasources } = parse(readFileSync(`${PROVISIONING}/datasources/prometheus.yml`, "utf8")) as {
      datasources: { uid: string }[];
    };
    const known = datasources.map(({ uid }) => uid);
    const asked = new Set(dashboards.flatMap(({ panels }) => panels.map(({ datasource }) => datasource.uid)));
    expect([...asked]).deep.equal(known);
  });

  it("uses no variable that only Grafana knows, other than the interval", () => {
    expect(expressionsOf(dashboards).filter((expr) => expr.includes("$"))).deep.equal([]);
  });
});

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A panel of a Grafana dashboard. */
export interface Panel {
  id: number;
  title: string;
  description: string;
  datasource: { uid: string };
  gridPos: { x: number; y: number; w: number; h: number };
  targets: { expr: string }[];
}

/** A Grafana dashboard. */
export interface Dashboard {
  file: string;
  uid: string;
  title: string;
  panels: Panel[];
}

const FOLDER = "deploy/observability/grafana/dashboards";

/** The dashboards that are deployed. */
export function readDashboards(): Dashboard[] {
  return readdirSync(FOLDER).map((file) => ({
    ...(JSON.parse(readFileSync(join(FOLDER, file), "utf8")) as Omit<Dashboard, "file">),
    file,
  }));
}

/** What the panels ask, with Grafana's own variable as Prometheus would get it. */
export function expressionsOf(dashboards: readonly Dashboard[]): string[] {
  return dashboards.flatMap(({ panels }) =>
    panels.flatMap(({ targets }) => targets.map(({ expr }) => expr.replaceAll("$__rate_interval", "1m"))),
  );
}

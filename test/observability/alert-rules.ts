import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** An alert rule of Prometheus. */
export interface AlertRule {
  alert: string;
  expr: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

/** The alert rules that are deployed. */
export function readAlertRules(): AlertRule[] {
  const file = parse(readFileSync("deploy/observability/alerts.yml", "utf8")) as { groups: { rules: AlertRule[] }[] };
  return file.groups.flatMap(({ rules }) => rules);
}

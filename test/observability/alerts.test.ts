import { readFileSync } from "node:fs";
import { expect } from "chai";
import { parse } from "yaml";
import { type AlertRule, readAlertRules } from "./alert-rules.js";

const SEVERITIES = ["critical", "warning"];

describe("every alert rule", () => {
  const rules = readAlertRules();
  const tests = parse(readFileSync("deploy/observability/alerts.test.yml", "utf8")) as { tests: { name: string }[] };
  const wrong = (isRight: (rule: AlertRule) => boolean) => rules.filter((rule) => !isRight(rule)).map(({ alert }) => alert);

  it("has a severity, a summary, and a description of what to do", () => {
    expect(rules.length).above(20);
    expect(wrong(({ labels }) => SEVERITIES.includes(labels.severity ?? ""))).deep.equal([]);
    expect(wrong(({ annotations }) => (annotations.summary ?? "").length > 20)).deep.equal([]);
    expect(wrong(({ annotations }) => (annotations.description ?? "").length > 40)).deep.equal([]);
  });

  it("names its runbook: a heading of docs/operations.md", () => {
    expect(
      wrong(({ alert, annotations }) => annotations.runbook_url === `../../docs/operations.md#${alert.toLowerCase()}`),
    ).deep.equal([]);
  });

  it("is tested both ways", () => {
    const names = tests.tests.map(({ name }) => name);
    expect(names.toSorted()).deep.equal(rules.flatMap(({ alert }) => [`${alert} fires`, `${alert} is silent`]).toSorted());
  });
});

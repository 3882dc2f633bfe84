import type { StatsResource } from "../api/types.js";
import { Badge, Empty } from "../components/parts.js";
import { TableFrame } from "../components/table-frame.js";
import { count } from "../i18n/format.js";
import { text } from "../i18n/text.js";
import { href } from "../router.js";
import { may } from "../session.js";

type FunctionStats = StatsResource["functions"][number];

/** Each function's health, and its queue. */
export function FunctionHealth({ functions }: { functions: readonly FunctionStats[] }) {
  const t = text().functions;
  if (functions.length === 0) return <Empty title={t.none} hint={t.noneHint} />;
  return (
    <TableFrame>
      <table>
        <thead>
          <tr>
            <th>{t.name}</th>
            <th>{t.health}</th>
            <th class="number">{t.behind}</th>
            <th class="number">{t.waiting}</th>
          </tr>
        </thead>
        <tbody>
          {functions.map((fn) => (
            <tr key={fn.name}>
              <td class="tight">
                {may("functions:read", "functions:write") ? <a href={href(["functions", fn.name])}>{fn.name}</a> : fn.name}
              </td>
              <td>
                <Health {...fn} />
              </td>
              <td class="number">{count(fn.behind)}</td>
              <td class="number">{count(fn.waiting)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableFrame>
  );
}

// A few events are always on their way.
const BUSY_BEHIND = 200;

/** One word for how a function does, the worst first. */
export function Health(fn: { disabled: boolean; dead: number; waiting: number; behind: number }) {
  const t = text().functions.healths;
  if (fn.disabled) return <Badge tone="bad">{t.disabled}</Badge>;
  if (fn.dead > 0) return <Badge tone="bad">{t.dead}</Badge>;
  if (fn.waiting > 0) return <Badge tone="warn">{t.retrying}</Badge>;
  if (fn.behind > BUSY_BEHIND) return <Badge tone="open">{t.busy}</Badge>;
  return <Badge tone="good">{t.healthy}</Badge>;
}

import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { State } from "../../domain/transfer-state.js";
import { rate } from "../i18n/format.js";
import { locale, text } from "../i18n/text.js";
import { activity, ticks } from "../live/live.js";
import { now } from "../live/now.js";
import { isDark } from "../preferences.js";

const WINDOW_SECONDS = 300;
const MINUTE_SECONDS = 60;
const HEIGHT = 236;
const LINES: readonly { states: readonly State[]; color: string; fill: boolean }[] = [
  { states: ["COMPLETED"], color: "--accent", fill: true },
  { states: ["STARTED"], color: "--open", fill: false },
  { states: ["REJECTED", "REVERSED"], color: "--bad", fill: false },
];

/** Transfers a second, each second by its blocks' time: the same whenever one looks, and however often. */
export function RateChart() {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const dark = isDark.value;
  const language = locale();
  const second = now.value;
  const tick = ticks.value;

  // Colours and words are the chart's own; it is made anew for others.
  useEffect(() => {
    const { current } = frame;
    if (current === null) return;
    const made = new uPlot(options(current.clientWidth), toData(), current);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: current.clientWidth, height: HEIGHT }));
    observer.observe(current);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [dark, language]);

  // Drawn anew with every second, and with what has happened in it.
  useEffect(() => {
    plot.current?.setData(toData());
  }, [second, tick]);

  const t = text().overview;
  const completed = activity.value?.series(second, MINUTE_SECONDS, ["COMPLETED"]).reduce((sum, one) => sum + one, 0) ?? 0;
  return (
    <figure class="chart">
      <div ref={frame} role="img" aria-label={t.chartLabel(rate(completed / MINUTE_SECONDS))} />
      <figcaption class="legend">
        <span class="key accent">{text().states.COMPLETED}</span>
        <span class="key open">{text().states.STARTED}</span>
        <span class="key bad">{t.ended}</span>
      </figcaption>
    </figure>
  );
}

function toData(): uPlot.AlignedData {
  const end = now.peek();
  const times = Array.from({ length: WINDOW_SECONDS }, (_, index) => end - WINDOW_SECONDS + index);
  const known = activity.peek();
  const zeros = times.map(() => 0);
  return [times, ...LINES.map(({ states }) => known?.series(end, WINDOW_SECONDS, states) ?? zeros)];
}

function options(width: number): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => resolveColor(style.getPropertyValue(name));
  const axis = {
    stroke: color("--muted"),
    font: `12px ${style.fontFamily}`,
    grid: { stroke: color("--line"), width: 1 },
    ticks: { stroke: color("--line"), width: 1, size: 4 },
  };
  const clock = new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(1, Math.ceil(max * 1.1))] } },
    axes: [
      { ...axis, space: 90, values: (_plot, splits) => splits.map((at) => clock.format(at * 1_000)) },
      { ...axis, size: 44, space: 34, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000] },
    ],
    series: [
      {},
      ...LINES.map(({ color: name, fill }) => ({
        stroke: color(name),
        width: 1.5,
        ...(fill && { fill: withAlpha(color(name)) }),
        points: { show: false },
        ...(uPlot.paths.stepped && { paths: uPlot.paths.stepped({ align: 1 }) }),
      })),
    ],
  };
}

/** A custom property that says `light-dark(…)` is a text until something has it for a colour. */
function resolveColor(value: string): string {
  const probe = document.createElement("span");
  probe.style.color = value;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function withAlpha(color: string): string {
  return color.replace(/^rgb\((.*)\)$/, "rgba($1, 0.14)");
}

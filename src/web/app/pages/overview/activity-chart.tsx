import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

import type { Activity, Span } from '../../lib/buckets';
import { shownTheme } from '../../lib/theme';


/** A canvas takes no light-dark(): the colour as the browser computes it. */
function colour(name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const computed = getComputedStyle(probe).color;
  probe.remove();
  return computed;
}

function axis(): uPlot.Axis {
  const line = colour('--line');
  return {
    stroke: colour('--muted'),
    font: '12px system-ui, sans-serif',
    grid: { stroke: line, width: 1 },
    ticks: { stroke: line, width: 1 },
  };
}

const hour = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

/** "14:00" within a day, "3 Nov" over more. */
function timeAxis(span: Span): uPlot.Axis {
  const format = span.id === '24h' ? hour : day;
  return { ...axis(), values: (_self, times) => times.map((time) => format.format(time * 1_000)) };
}

function timeOf(span: Span, seconds: number | null): string {
  if (seconds === null) return '';
  const isDay = span.bucketMs >= 86_400_000;
  return `${day.format(seconds * 1_000)}${isDay ? '' : `, ${hour.format(seconds * 1_000)}`}`;
}

const number = (_self: uPlot, value: number | null): string => (value === null ? '' : String(value));

/** Bars to the left (-1) or to the right (1) of their time. */
function barsBeside(side: -1 | 1, label: string, name: string): uPlot.Series {
  const paths = uPlot.paths.bars?.({ size: [0.32, 18], align: side });
  const series: uPlot.Series = { label, stroke: colour(name), fill: colour(name), width: 0, value: number };
  return { ...series, points: { show: false }, ...(paths && { paths }) };
}

/** Dots without a line. */
function dots(label: string, name: string): uPlot.Series {
  const points: uPlot.Series.Points = { show: true, size: 9, width: 2, fill: colour('--surface') };
  return { label, stroke: colour(name), points, paths: () => null, value: number };
}

/** What the box has left beside uPlot's own legend, which takes the lines that it needs. */
function sizeOf(box: HTMLElement): { width: number; height: number } {
  const legend = box.querySelector<HTMLElement>('.u-legend')?.offsetHeight ?? 0;
  return { width: box.clientWidth, height: box.clientHeight - legend };
}

function options(box: HTMLElement, span: Span): uPlot.Options {
  const half = span.bucketMs / 2_000;
  return {
    ...sizeOf(box),
    cursor: { drag: { x: false, y: false }, points: { show: false } },
    legend: { live: true },
    scales: {
      // Room for the bars of the first and the last.
      x: { range: (_self, first, last) => [first - half, last + half] },
      y: { range: (_self, _low, high) => [0, Math.max(4, Math.ceil(high * 1.1))] },
    },
    axes: [timeAxis(span), { ...axis(), size: 36, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000] }],
    series: [
      { label: 'From', value: (_self, seconds: number | null) => timeOf(span, seconds) },
      barsBeside(-1, 'Moves', '--accent'),
      barsBeside(1, 'Conflicts opened', '--conflict'),
      dots('Failed moves', '--unhealthy'),
    ],
  };
}

interface Props {
  activity: Activity;
  span: Span;
  /** The chart in a sentence, for who cannot see it. */
  summary: string;
}

export function ActivityChart({ activity, span, summary }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const theme = shownTheme.value;
  const { times, moves, failed, conflicts } = activity;

  useEffect(() => {
    const box = place.current;
    if (!box) return;
    const onlySome = failed.map((number) => number || null);
    const data: uPlot.AlignedData = [times, moves, conflicts, onlySome];
    const chart = new uPlot(options(box, span), data, box);
    chart.setSize(sizeOf(box));
    const watch = new ResizeObserver(() => chart.setSize(sizeOf(box)));
    watch.observe(box);
    return () => {
      watch.disconnect();
      chart.destroy();
    };
  }, [activity, span, theme]);

  return <div ref={place} class="chart" role="img" aria-label={summary} />;
}

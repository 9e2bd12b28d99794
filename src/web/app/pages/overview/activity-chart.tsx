import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

import type { Activity, Span } from '../../lib/buckets';
import { shownTheme } from '../../lib/theme';

const HEIGHT = 200;

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

/** Bars to the left (-1) or to the right (1) of their time. */
function barsBeside(side: -1 | 1, label: string, name: string): uPlot.Series {
  const paths = uPlot.paths.bars?.({ size: [0.32, 18], align: side });
  const series: uPlot.Series = { label, stroke: colour(name), fill: colour(name), width: 0 };
  return { ...series, points: { show: false }, ...(paths && { paths }) };
}

/** Dots without a line. */
function dots(label: string, name: string): uPlot.Series {
  const points: uPlot.Series.Points = { show: true, size: 9, width: 2, fill: colour('--surface') };
  return { label, stroke: colour(name), points, paths: () => null };
}

function options(width: number, span: Span): uPlot.Options {
  return {
    width,
    height: HEIGHT,
    cursor: { drag: { x: false, y: false }, points: { show: false } },
    legend: { live: true },
    scales: { y: { range: (_self, _low, high) => [0, Math.max(4, Math.ceil(high * 1.1))] } },
    axes: [axis(), { ...axis(), size: 36, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000] }],
    series: [
      { label: span.bucketMs < 86_400_000 ? 'From' : 'Day' },
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
    const chart = new uPlot(options(box.clientWidth, span), data, box);
    const watch = new ResizeObserver(() => chart.setSize({ width: box.clientWidth, height: HEIGHT }));
    watch.observe(box);
    return () => {
      watch.disconnect();
      chart.destroy();
    };
  }, [activity, span, theme]);

  return <div ref={place} class="chart" role="img" aria-label={summary} />;
}

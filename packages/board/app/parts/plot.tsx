/** A plot of a few lines over time. uPlot comes with the first plot of a page, so pages without plots do not pay for it. */
import { useEffect, useRef } from 'preact/hooks';
import type uPlot from 'uplot';

interface Line {
  readonly label: string;
  /** Of the style sheet: `accent`, `low`. */
  readonly colour: 'accent' | 'low';
  readonly values: readonly (number | null)[];
}

interface Props {
  /** Seconds since 1970, ascending. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  readonly height: number;
  /** A sparkline has neither axes nor a legend. */
  readonly axes: boolean;
  /** What the plot shows, for who cannot see it. */
  readonly text: string;
  /** How a value of an axis is written. */
  readonly value?: (value: number) => string;
  readonly language: string;
}

export function Plot(props: Props) {
  const { times, lines, height, text } = props;
  const place = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const plot = useRef<uPlot | undefined>(undefined);
  const shape = `${lines.map(({ label, colour }) => label + colour).join()} ${height} ${props.language}`;
  useEffect(() => {
    let isOver = false;
    let observer: ResizeObserver | undefined;
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const redraw = (): void => { plot.current?.redraw(); };
    scheme.addEventListener('change', redraw);
    import('uplot').then(({ default: UPlot }) => {
      const target = place.current;
      if (isOver || target === null) return;
      const size = (): { width: number; height: number } => ({ width: Math.max(40, target.clientWidth), height });
      plot.current = new UPlot({ ...size(), ...optionsOf(latest.current, target) }, dataOf(latest.current), target);
      observer = new ResizeObserver(() => { plot.current?.setSize(size()); });
      observer.observe(target);
    }, (error: unknown) => { reportError(error); });
    return () => {
      isOver = true;
      observer?.disconnect();
      scheme.removeEventListener('change', redraw);
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [shape]);
  useEffect(() => { plot.current?.setData(dataOf(latest.current)); }, [times, lines]);
  return <div class="plot" ref={place} role="img" aria-label={text} />;
}

const dataOf = ({ times, lines }: Props): uPlot.AlignedData => [[...times], ...lines.map(({ values }) => [...values])];

function optionsOf({ lines, axes, value = String }: Props, target: Element): Omit<uPlot.Options, 'width' | 'height'> {
  const colour = (name: string) => () => getComputedStyle(target).getPropertyValue(`--${name}`);
  const grid = { stroke: colour('line'), width: 1 };
  return {
    legend: { show: false }, cursor: { show: false }, select: { show: false, left: 0, top: 0, width: 0, height: 0 },
    ...(axes ? {} : { padding: [2, 0, 2, 0] }),
    scales: { y: { range: (_plot, _least, most) => [0, Math.max(1, most * 1.1)] } },
    axes: axes ? [
      { stroke: colour('soft'), grid: { show: false }, ticks: { show: false }, values: (_plot, ticks) => ticks.map(timeOf) },
      { stroke: colour('soft'), grid, ticks: { show: false }, size: 48, values: (_plot, ticks) => ticks.map(value) },
    ] : [{ show: false }, { show: false }],
    series: [{}, ...lines.map(({ label, colour: name }) => ({ label, stroke: colour(name), width: 1.6, points: { show: false } }))],
  };
}

const timeOf = (seconds: number): string => {
  const at = new Date(seconds * 1000);
  return `${String(at.getHours()).padStart(2, '0')}:${String(at.getMinutes()).padStart(2, '0')}`;
};

/** Numbers and times as the language writes them. */

export interface Shown {
  readonly number: (value: number) => string;
  /** With its sign, and a real minus. */
  readonly signed: (value: number) => string;
  /** The time of day of the browser's zone, with seconds. */
  readonly time: (ms: number) => string;
  readonly dateTime: (ms: number) => string;
  /** A span in its largest units: `3 s`, `2 min`, `5 h`. */
  readonly span: (ms: number) => string;
  /** What is left of a span, as `7:42`. */
  readonly countdown: (ms: number) => string;
}

export function createShown(language: string): Shown {
  const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 1, useGrouping: 'always' });
  const signed = new Intl.NumberFormat(language, { signDisplay: 'exceptZero', useGrouping: 'always' });
  const time = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
  const dateTime = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  return {
    number: (value) => whole.format(value),
    signed: (value) => signed.format(value).replace('-', '−'),
    time: (ms) => time.format(ms),
    dateTime: (ms) => dateTime.format(ms),
    span: (ms) => {
      const seconds = Math.max(0, ms) / 1000;
      if (seconds < 10) return `${whole.format(Math.round(seconds * 10) / 10)} s`;
      if (seconds < 120) return `${whole.format(Math.round(seconds))} s`;
      return seconds < 7200 ? `${whole.format(Math.round(seconds / 60))} min` : `${whole.format(Math.round(seconds / 3600))} h`;
    },
    countdown: (ms) => {
      const seconds = Math.max(0, Math.ceil(ms / 1000));
      const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
      const rest = String(seconds % 60).padStart(2, '0');
      return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
    },
  };
}

// @ts-check

/**
 * @typedef {(word: string) => void} Note says in a word how a step that takes long stands; an empty one takes it back
 *
 * @typedef {object} Output what a command says about itself, on one stream
 * @property {boolean} tty
 * @property {(line?: string) => void} say
 * @property {(line: string) => void} warn
 * @property {<T>(label: string, work: (note: Note) => Promise<T>) => Promise<T>} step says what is being done while it is done
 * @property {(text: string) => string} bold
 * @property {(text: string) => string} dim
 * @property {(text: string) => string} green
 * @property {(text: string) => string} red
 * @property {(text: string) => string} yellow
 */

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
/** For the frame, "12 min 34 s", the blanks between, and the last column, which some terminals wrap behind. */
const ROOM_BESIDE = 16;
/** A step shorter than this is not worth a line of its own when nobody watches. */
const WORTH_TELLING_MS = 1500;
/** How often a step that nobody watches says that it goes on. */
const GOES_ON_MS = 30_000;

/**
 * @param {number} ms
 * @returns {string} such as "0.4 s", "12 s", "2 min 5 s"
 */
export function duration(ms) {
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/**
 * Colours and a moving line on a terminal only; NO_COLOR is respected.
 * @param {NodeJS.WriteStream} [stream]
 * @returns {Output}
 */
export function createOutput(stream = process.stdout) {
  const tty = stream.isTTY === true && process.env['TERM'] !== 'dumb';
  const coloured = tty && !process.env['NO_COLOR'];
  /** @param {number} code */
  const paint = (code) => (/** @type {string} */ text) => (coloured ? `\x1b[${code}m${text}\x1b[0m` : text);
  const [bold, dim, green, red, yellow] = [paint(1), paint(2), paint(32), paint(31), paint(33)];
  /** Whether a step's moving line stands where the next text would go. */
  const drawn = { now: false };
  const say = (line = '') => void stream.write(`${drawn.now ? '\r\x1b[K' : ''}${line}\n`);
  return {
    tty, say, bold, dim, green, red, yellow,
    warn: (line) => say(`${yellow('!')} ${line}`),
    step: (label, work) => (tty ? moving(stream, label, work, { green, red, dim, drawn }) : plain(say, label, work)),
  };
}

/**
 * @template T
 * @param {NodeJS.WriteStream} stream
 * @param {string} label
 * @param {(note: Note) => Promise<T>} work
 * @param {Pick<Output, 'green' | 'red' | 'dim'> & { drawn: { now: boolean } }} paint
 * @returns {Promise<T>}
 */
async function moving(stream, label, work, { green, red, dim, drawn }) {
  const begun = Date.now();
  const took = () => dim(duration(Date.now() - begun));
  let frame = 0;
  let noted = '';
  const draw = () => {
    frame += 1;
    // A line that wraps cannot be drawn over: each drawing of it would be a new one.
    const room = (stream.columns || 80) - ROOM_BESIDE;
    const text = noted === '' ? label : `${label}: ${noted}`;
    // What is noted changes and stands at the end, so it is the label that is cut.
    const kept = noted === '' ? room - 1 : room - noted.length - 3;
    const shown = text.length <= room ? text : `${label.slice(0, Math.max(0, kept))}…${noted === '' ? '' : `: ${noted}`}`.slice(0, room);
    stream.write(`\r\x1b[K${FRAMES[frame % FRAMES.length]} ${shown} ${took()}`);
  };
  draw();
  drawn.now = true;
  const timer = setInterval(draw, 100);
  try {
    const result = await work((word) => { noted = word; });
    clearInterval(timer);
    stream.write(`\r\x1b[K${green('✓')} ${label} ${took()}\n`);
    return result;
  } catch (error) {
    clearInterval(timer);
    stream.write(`\r\x1b[K${red('✗')} ${label} ${took()}\n`);
    throw error;
  } finally {
    drawn.now = false;
  }
}

/**
 * @template T
 * @param {(line: string) => void} say
 * @param {string} label
 * @param {(note: Note) => Promise<T>} work
 * @returns {Promise<T>}
 */
async function plain(say, label, work) {
  const begun = Date.now();
  let noted = '';
  say(`- ${label}`);
  const timer = setInterval(() => say(`  ${noted === '' ? 'goes on' : noted}, after ${duration(Date.now() - begun)}`), GOES_ON_MS);
  const result = await work((word) => { noted = word; }).finally(() => clearInterval(timer));
  const took = Date.now() - begun;
  if (took >= WORTH_TELLING_MS) say(`  done in ${duration(took)}`);
  return result;
}

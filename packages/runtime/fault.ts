/** Fault points: named places in the code at which a test can have the process killed or frozen. */

/** `name`, `name@3` for the third pass, `stop:name` to freeze (SIGSTOP) in place of a kill (SIGKILL). */
const PATTERN = /^(stop:)?([\w.-]+)(?:@([1-9]\d{0,5}))?$/;

let armed: { readonly name: string; readonly signal: 'SIGKILL' | 'SIGSTOP'; passesLeft: number } | undefined;

/**
 * Chooses the point at which this process kills itself. The lifecycle passes TEST_FAULT_POINT at the start; undefined
 * disarms. Throws a plain Error for a text that names no point.
 */
export function armFaultPoint(text: string | undefined): void {
  if (text === undefined) {
    armed = undefined;
    return;
  }
  const [, stop, name, pass] = PATTERN.exec(text) ?? [];
  if (name === undefined) {
    throw new Error(`TEST_FAULT_POINT is not a name, name@pass or stop:name: ${JSON.stringify(text)}`);
  }
  armed = { name, signal: stop === undefined ? 'SIGKILL' : 'SIGSTOP', passesLeft: Number(pass ?? 1) };
}

/**
 * Kills the process here, as if the power had failed, if this is the chosen point. Does nothing in a process that was
 * started without TEST_FAULT_POINT.
 */
export function faultPoint(name: string): void {
  if (armed?.name !== name) return;
  armed.passesLeft -= 1;
  if (armed.passesLeft === 0) process.kill(process.pid, armed.signal);
}

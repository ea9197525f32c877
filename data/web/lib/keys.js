// SPDX-License-Identifier: LGPL-2.1-or-later
// The mixer's keys. Pure: an event in, the name of an action out.

/**
 * @typedef {{action: string, index?: number}} Command
 */

/** Letter → action; shown by "?" in this order. */
export const LETTERS = /** @type {const} */ ({
  t: 'take', f: 'full', p: 'pip', s: 'side-by-side', l: 'lecture', g: 'grid', b: 'blank',
  c: 'cut', x: 'fade', u: 'undo', d: 'mode', m: 'mute', n: 'note', a: 'arrange',
});

/**
 * @param {{key: string, code?: string, shiftKey?: boolean, ctrlKey?: boolean, metaKey?: boolean,
 *   altKey?: boolean, repeat?: boolean}} event
 * @param {{typing?: boolean, onControl?: boolean}} [where]
 *   typing: a text field has the focus; onControl: a button that was reached by
 *   the keyboard has it, so Enter and Space belong to that button
 * @returns {Command | null}
 */
export function commandOf(event, { typing = false, onControl = false } = {}) {
  if (typing || event.repeat || event.metaKey || event.altKey) return null;
  if (event.ctrlKey) return event.key.toLowerCase() === 'z' ? { action: 'undo' } : null;
  // With Shift the key says "!" and only the code still says which digit.
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code ?? '') ?? /^([1-9])$/.exec(event.key);
  if (digit) return { action: event.shiftKey ? 'second' : 'main', index: Number(digit[1]) - 1 };
  if (event.key === 'Enter') return onControl ? null : { action: 'take' };
  if (event.key === ' ') return onControl ? null : { action: 'blank' };
  if (event.key === '?') return { action: 'help' };
  if (event.key === 'Escape') return { action: 'clear' };
  if (event.shiftKey) return null;
  const letter = event.key.toLowerCase();
  return letter in LETTERS ? { action: LETTERS[/** @type {keyof typeof LETTERS} */ (letter)] } : null;
}

// SPDX-License-Identifier: LGPL-2.1-or-later
// A journal entry in words: what differs from the state before it.
import { _, fill } from './i18n.js';
import { samePicture, sceneOf, shownIn } from './scene.js';

/** @typedef {import('./room.js').LogEntry} LogEntry */

/**
 * @param {LogEntry} entry
 * @param {LogEntry[]} before older entries, the oldest first
 * @returns {string}
 */
export function logWords(entry, before) {
  switch (entry.kind) {
    case 'state': {
      const last = before.filter(({ kind, data }) => kind === 'state' && data).at(-1);
      return stateWords(entry.data ?? {}, last?.data);
    }
    case 'notes': return _('wrote a note');
    case 'talks': return _('changed the talks');
    case 'layout': return _('arranged the sources');
    case 'room': return _('changed the room');
    default: return entry.kind;
  }
}

/** @param {any} state @param {any} [last] */
function stateWords(state, last) {
  if (last && samePicture(state, last)) return soundWords(state, last);
  const scene = sceneOf(state);
  if (scene === 'blank') return _('blanked the picture');
  const names = shownIn(state).join(' + ');
  switch (scene) {
    case 'pip': return fill(_('put on air: {names}, small picture'), { names });
    case 'side-by-side': return fill(_('put on air: {names}, side by side'), { names });
    case 'lecture': return fill(_('put on air: {names}, lecture'), { names });
    case 'grid': return fill(_('put on air: {names}, grid'), { names });
    default: return names ? fill(_('put on air: {names}'), { names }) : _('took the picture off');
  }
}

/** @param {any} state @param {any} last */
function soundWords(state, last) {
  const mutes = new Set(state.mutes ?? []);
  const lastMutes = new Set(last.mutes ?? []);
  const muted = [...mutes].find((name) => !lastMutes.has(name));
  if (muted) return fill(_('muted {name}'), { name: String(muted) });
  const opened = [...lastMutes].find((name) => !mutes.has(name));
  if (opened) return fill(_('let {name} be heard again'), { name: String(opened) });
  if (state.master !== last.master) return _('set the volume of the mix');
  const volumes = state.volumes ?? {};
  const lastVolumes = last.volumes ?? {};
  const name = [...Object.keys(volumes), ...Object.keys(lastVolumes)]
    .find((key) => volumes[key] !== lastVolumes[key]);
  if (name) return fill(_('set the volume of {name}'), { name });
  if (state.audio !== last.audio) {
    return state.audio ? fill(_('took the sound of {name}'), { name: state.audio }) : _('took the sound off');
  }
  return _('changed the mix');
}

// SPDX-License-Identifier: LGPL-2.1-or-later
import { html } from '../vendor/lit-html.js';
import { clockSeconds } from '../lib/format.js';
import { _ } from '../lib/i18n.js';
import { logWords } from '../lib/log-words.js';

/** Who is here, and what was done, the newest first. @param {import('../lib/room.js').RoomModel} room */
export function logList(room) {
  const people = room.presence;
  const lines = room.log.map((entry, i) => ({ entry, words: logWords(entry, room.log.slice(0, i)) }));
  return html`
    <h3 class="label">${_('Here now')}</h3>
    <ul class="people">${people.map((person) => html`<li class="row small">
      <span class="grow truncate">${person.user || _('Somebody without an account')}</span>
      <span class="soft">${roleName(person.role)}</span></li>`)}</ul>
    <h3 class="label">${_('What was done')}</h3>
    <ol class="log small">${lines.reverse().map(({ entry, words }) => html`<li>
      <time class="soft">${clockSeconds(entry.utc)}</time> <strong>${entry.user}</strong> ${words}</li>`)}</ol>`;
}

/** @param {string | undefined} role */
function roleName(role) {
  switch (role) {
    case 'admin': return _('Administrator');
    case 'operator': return _('Operator');
    case 'teacher': return _('Teacher');
    case 'student': return _('Student');
    case 'viewer': return _('Viewer');
    default: return role ?? '';
  }
}

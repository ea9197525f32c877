// SPDX-License-Identifier: LGPL-2.1-or-later
// Beside the mixer: notes, talks, who is here and who did what.
import { html } from '../vendor/lit-html.js';
import { _ } from '../lib/i18n.js';
import { may } from '../lib/session.js';
import { logList } from './log.js';
import { createNotes } from './notes.js';
import { createTalkEditor } from './talk-editor.js';
import { nowAndNext, talkList } from './talks.js';

/**
 * @param {{link: import('../lib/room-link.js').RoomLink,
 *   session: import('../lib/session.js').Session | null, update: () => void, draw: () => void}} options
 */
export function createSide({ link, session, update, draw }) {
  let tab = 'notes';
  const notes = createNotes({ link, update });
  const talks = createTalkEditor({ link, update });

  const tabs = () => [
    { id: 'notes', name: _('Notes') },
    { id: 'talks', name: _('Talks') },
    { id: 'people', name: _('Log') },
  ];

  /** @param {string} id */
  function open(id) {
    tab = id;
    update();
  }

  /** Left and right walk through the tabs, as in every program.
   * @param {KeyboardEvent} event */
  function onKey(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const ids = tabs().map(({ id }) => id);
    open(ids[(ids.indexOf(tab) + step + ids.length) % ids.length]);
    requestAnimationFrame(() => document.getElementById(`tab-${tab}`)?.focus());
  }

  const talkPart = () => may(session, 'note', link.name) ? talks.template()
    : talkList(link.room.talks, link.now());

  const template = () => html`
    ${nowAndNext(link.room.talks, link.now())}
    <div class="choice even" role="tablist" aria-label=${_('Beside the picture')} @keydown=${onKey}>
      ${tabs().map(({ id, name }) => html`<button class="button" role="tab" id="tab-${id}"
        aria-selected=${tab === id} aria-controls="side-panel"
        tabindex=${tab === id ? 0 : -1} @click=${() => open(id)}>${name}</button>`)}
    </div>
    <div class="side-panel" id="side-panel" role="tabpanel" aria-labelledby="tab-${tab}" tabindex="0">
      ${tab === 'notes' ? notes.template(may(session, 'note', link.name)) : ''}
      ${tab === 'talks' ? talkPart() : ''}
      ${tab === 'people' ? logList(link.room) : ''}
    </div>`;

  return {
    template,
    focusNote() {
      // At once: what is typed next must not be taken for keys.
      tab = 'notes';
      draw();
      notes.focus();
    },
  };
}

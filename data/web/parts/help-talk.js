// SPDX-License-Identifier: LGPL-2.1-or-later
// One conversation of the help desk.
import { html } from '../vendor/lit-html.js';
import { repeat } from '../vendor/directives/repeat.js';
import { clockTime } from '../lib/format.js';
import { fieldsOf } from '../lib/form.js';
import { nameOf, safeImage } from '../lib/help.js';
import { _, fill } from '../lib/i18n.js';
import { confirm } from './confirm.js';
import { imageOf } from './help-ask.js';
import { icon } from './icons.js';
import { say } from './toast.js';

/**
 * @typedef {import('../lib/help.js').HelpRoom} HelpRoom
 * @typedef {import('../lib/help.js').Desk} Desk
 * @param {{me: number, update: () => void,
 *   send: (room: number, text: string, image: string) => void, close: (room: number) => void}} options
 */
export function createTalk({ me, update, send, close }) {
  /** @param {SubmitEvent} event @param {HelpRoom} room */
  async function submit(event, room) {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    const { text } = fieldsOf(event);
    try {
      const image = await imageOf(form);
      if (!text && !image) return;
      send(room.id, text, image);
      form.reset();
    } catch (error) {
      say(update, /** @type {Error} */ (error).message, { bad: true });
    }
  }

  /** @param {HelpRoom} room */
  async function end(room) {
    if (await confirm({
      title: _('Close this conversation?'), text: _('Nobody can write in it any more.'), action: _('Close it'),
    })) close(room.id);
  }

  /** @param {import('../lib/help.js').HelpMessage} message */
  const bubble = ({ text, image, seen, timestamp, user }) => html`<li class=${user === me ? 'mine' : ''}>
    ${text ? html`<p class="note-text">${text}</p>` : ''}
    ${safeImage(image) ? html`<a href=${safeImage(image)} target="_blank" rel="noopener"><img src=${safeImage(image)} alt=${_('Picture of the message')} loading="lazy"></a>` : ''}
    <p class="small soft"><time>${clockTime(timestamp)}</time>${user === me && seen ? ` · ${_('seen')}` : ''}</p></li>`;

  /** @param {{room: HelpRoom, desk: Desk, onBack: () => void}} options */
  function template({ room, desk, onBack }) {
    const other = room.student.id === me ? room.teacher : room.student;
    const messages = desk.messages.get(room.id) ?? [];
    const isTeacher = room.teacher?.id === me;
    return html`<section class="chat desk-talk" aria-label=${_('Conversation')}>
      <div class="row"><button class="button icon desk-back" @click=${onBack} aria-label=${_('Back to the list')}>${icon('left')}</button>
        <h2 class="grow truncate">${nameOf(other) || _('Waiting for a teacher')}</h2>
        ${other && desk.online.has(other.id) ? html`<span class="badge good">${_('Online')}</span>` : ''}
        ${isTeacher && room.status === 'engaged'
          ? html`<button class="button" @click=${() => end(room)}>${_('Close it')}</button>` : ''}</div>
      <div class="chat-list from-end" role="log" tabindex="0" aria-label=${_('Messages')}><ol class="talk-bubbles">
        <li class=${room.student.id === me ? 'mine' : ''}><p class="note-text">${room.text}</p>
          ${safeImage(room.image) ? html`<img src=${safeImage(room.image)} alt=${_('Picture of the question')} loading="lazy">` : ''}
          <p class="small soft">${fill(_('Asked at {time}'), { time: clockTime(room.timestamp) })}</p></li>
        ${repeat(messages, ({ id }) => id, bubble)}</ol></div>
      ${room.status === 'engaged' ? html`<form class="stack tight" @submit=${(/** @type {SubmitEvent} */ event) => submit(event, room)}>
          <div class="row"><input class="input" name="text" maxlength="4000" autocomplete="off"
            aria-label=${_('Your message')} placeholder=${_('Your message')}>
          <button class="button main icon" aria-label=${_('Send')}>${icon('send')}</button></div>
          <input class="input tight" type="file" name="image" aria-label=${_('A picture')}
            accept="image/png,image/jpeg,image/webp,image/gif"></form>`
        : html`<p class="soft small">${room.status === 'closed' ? _('This conversation is closed.')
          : _('You can write as soon as a teacher is here.')}</p>`}
    </section>`;
  }
  return { template };
}

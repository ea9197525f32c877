// SPDX-License-Identifier: LGPL-2.1-or-later
import { html } from '../vendor/lit-html.js';
import { repeat } from '../vendor/directives/repeat.js';
import { ago } from '../lib/format.js';
import { nameOf, unseen } from '../lib/help.js';
import { _, fill } from '../lib/i18n.js';

/** @typedef {import('../lib/help.js').HelpRoom} HelpRoom @typedef {import('../lib/help.js').Desk} Desk */

/** @param {{desk: Desk, queue: HelpRoom[], onClaim: (room: number) => void}} options */
export function queueList({ queue, onClaim }) {
  return html`<section class="stack tight" aria-label=${_('Waiting')}>
    <h2>${_('Waiting')}</h2>
    ${queue.length === 0 ? html`<p class="soft">${_('Nobody waits.')}</p>` : ''}
    <ol class="list">${repeat(queue, ({ id }) => id, (room, i) => html`<li><div class="row list-row">
      <span class="badge warn number"><span class="unseen">${_('Place in the queue:')} </span>${i + 1}</span>
      <div class="grow list-words"><h3 class="truncate">${nameOf(room.student)}</h3>
        <p class="small truncate">${room.text}</p>
        <p class="small soft"><time datetime=${room.timestamp}>${ago(room.timestamp)}</time></p></div>
      <button class="button main" @click=${() => onClaim(room.id)}>${_('Help')}<span class="unseen">: ${nameOf(room.student)}</span></button></div></li>`)}</ol>
  </section>`;
}

/** @param {HelpRoom} room */
function statusOf(room) {
  if (room.status === 'closed') return html`<span class="badge">${_('Closed')}</span>`;
  if (room.status === 'engaged') return html`<span class="badge good">${_('Talking')}</span>`;
  return html`<span class="badge warn">${_('Waiting')}</span>`;
}

/**
 * @param {{desk: Desk, me: number, rooms: HelpRoom[], open: number | null,
 *   onOpen: (room: number) => void}} options
 */
export function roomList({ desk, me, rooms, open, onOpen }) {
  return html`<section class="stack tight" aria-label=${_('Your conversations')}>
    <h2>${_('Your conversations')}</h2>
    ${rooms.length === 0 ? html`<p class="soft">${_('None yet.')}</p>` : ''}
    <ol class="list">${repeat(rooms, ({ id }) => id, (room) => {
      const other = room.student.id === me ? room.teacher : room.student;
      const news = unseen(desk, room.id, me);
      return html`<li><button class="row list-row list-button" aria-pressed=${open === room.id}
          @click=${() => onOpen(room.id)}>
        <span class="grow list-words"><strong class="truncate">${nameOf(other) || _('Your question')}</strong>
          <span class="small truncate">${room.text}</span>
          ${room.status === 'closed' ? '' : html`<time class="small soft" datetime=${room.timestamp}>${ago(room.timestamp)}</time>`}</span>
        ${news ? html`<span class="badge program">${fill(_('{n} new'), { n: news })}</span>` : ''}
        ${statusOf(room)}</button></li>`;
    })}</ol></section>`;
}

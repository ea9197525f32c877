// SPDX-License-Identifier: LGPL-2.1-or-later
// Rooms with members: made by somebody, open to those who are invited.
import { html } from '../vendor/lit-html.js';
import { repeat } from '../vendor/directives/repeat.js';
import { get, post, put } from '../lib/api.js';
import { ago } from '../lib/format.js';
import { fieldsOf } from '../lib/form.js';
import { _, fill } from '../lib/i18n.js';
import { createMemberRoom } from '../parts/member-room.js';
import { icon } from '../parts/icons.js';

/**
 * @typedef {{_id: string, username: string}} Member
 * @typedef {{_id: string, name: string, isActive: boolean, created: string, creator: Member,
 *   invitedMembers?: Member[], currentMembers?: Member[]}} MemberRoom
 */

/** @param {import('../app.js').Context} context @returns {import('../app.js').View} */
export function create({ session, update }) {
  /** @type {MemberRoom[] | null} */
  let rooms = null;
  /** @type {MemberRoom | null} */
  let open = null;
  let problem = '';

  async function load() {
    try {
      rooms = (await get('/api/rooms')).rooms;
      if (open) open = (await get(`/api/rooms/${open._id}`)).room;
      problem = '';
    } catch (error) {
      problem = /** @type {Error} */ (error).message;
    }
    update();
  }

  /** @param {Promise<any>} answer */
  async function act(answer) {
    try {
      open = (await answer).room ?? open;
      problem = '';
      await load();
    } catch (error) {
      problem = /** @type {Error} */ (error).message;
      update();
    }
  }

  const inside = createMemberRoom({
    username: session?.username ?? '', update,
    act: (id, word, body) => act(word === 'join' || word === 'leave'
      ? post(`/api/rooms/${id}/${word}`, body) : put(`/api/rooms/${id}${word ? `/${word}` : ''}`, body)),
  });

  /** @param {SubmitEvent} event */
  function add(event) {
    event.preventDefault();
    const { name } = fieldsOf(event);
    const form = /** @type {HTMLFormElement} */ (event.target);
    act(post('/api/rooms', { name }).then((answer) => { form.reset(); return answer; }));
  }

  load();
  // The contract has no socket: who is in is asked for while the page is seen.
  const timer = setInterval(() => { if (!document.hidden) load(); }, 5000);

  return {
    title: () => _('Members'),
    leave: () => clearInterval(timer),
    template: () => html`
      <div class="row page-head"><h1 class="grow">${_('Members')}</h1>
        <form class="row" @submit=${add}><input class="input" name="name" required maxlength="64"
          aria-label=${_('Name of a new room')} placeholder=${_('Name of a new room')}>
          <button class="button main">${icon('plus')}${_('Add')}</button></form></div>
      ${problem ? html`<p class="notice bad" role="alert">${problem}</p>` : ''}
      <div class="desk ${open ? 'has-talk' : ''}">
        <div class="desk-lists">
          ${rooms?.length === 0 ? html`<p class="notice">${_('You are in no room yet, and nobody has invited you.')}</p>` : ''}
          <ul class="list">${repeat(rooms ?? [], ({ _id }) => _id, (room) => html`<li>
            <button class="row list-row list-button" aria-pressed=${open?._id === room._id}
              @click=${() => act(get(`/api/rooms/${room._id}`))}>
              <span class="grow list-words"><strong class="truncate">${room.name}</strong>
                <span class="small soft">${fill(_('by {name}, {when}'),
                  { name: room.creator.username, when: ago(room.created) })}</span></span>
              ${room.isActive ? html`<span class="badge good">${_('Somebody is in')}</span>` : ''}</button></li>`)}</ul>
        </div>
        ${open ? inside.template(open, () => { open = null; update(); })
          : html`<p class="desk-empty soft">${_('Choose a room.')}</p>`}
      </div>`,
  };
}

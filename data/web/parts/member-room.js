// SPDX-License-Identifier: LGPL-2.1-or-later
import { html } from '../vendor/lit-html.js';
import { get } from '../lib/api.js';
import { fieldsOf } from '../lib/form.js';
import { _, fill } from '../lib/i18n.js';
import { icon } from './icons.js';

/**
 * @typedef {import('../views/members.js').MemberRoom} MemberRoom
 * @typedef {import('../views/members.js').Member} Member
 * @param {{username: string, update: () => void,
 *   act: (id: string, word: string, body: object) => Promise<void>}} options
 */
export function createMemberRoom({ username, update, act }) {
  /** @type {{_id?: string, id?: string, username: string}[]} */
  let found = [];
  let asked = 0;

  /** @param {Event} event */
  async function search(event) {
    const text = /** @type {HTMLInputElement} */ (event.target).value.trim();
    const mine = (asked += 1);
    const path = `/api/users?username=${encodeURIComponent(text)}`;
    const answer = text ? await get(path).catch(() => null) : null;
    if (mine !== asked) return;
    found = answer?.users ?? [];
    update();
  }

  /** @param {Member} member @param {MemberRoom} room @param {boolean} isCreator */
  const invited = (member, room, isCreator) => {
    const inside = room.currentMembers?.some(({ _id }) => _id === member._id);
    return html`<li class="row"><span class="grow truncate">${member.username}</span>
      ${inside ? html`<span class="badge good">${_('In the room')}</span>` : ''}
      ${isCreator ? html`<button class="button icon tight" aria-label=${fill(_('Take back the invitation of {name}'), { name: member.username })}
        @click=${() => act(room._id, 'uninviteMembers', { users: [member._id] })}>${icon('close')}</button>` : ''}</li>`;
  };

  /** @param {MemberRoom} room */
  const inviting = (room) => html`<label class="field"><span>${_('Invite somebody')}</span>
      <input class="input" type="search" autocomplete="off" @input=${search} placeholder=${_('Part of a user name')}></label>
    <ul class="stack tight">${found
      .filter((user) => !room.invitedMembers?.some(({ _id }) => _id === (user._id ?? user.id)))
      .map((user) => html`<li><button class="button" @click=${() => act(room._id, 'inviteMembers', { users: [user._id ?? user.id] })}>
        ${icon('plus')}${user.username}</button></li>`)}</ul>`;

  /** @param {MemberRoom} room @param {() => void} onBack */
  function template(room, onBack) {
    const isCreator = room.creator.username === username;
    const inside = room.currentMembers?.some((member) => member.username === username) ?? false;
    return html`<section class="card card-body stack" aria-label=${room.name}>
      <div class="row"><button class="button icon desk-back" @click=${onBack} aria-label=${_('Back to the list')}>${icon('left')}</button>
        <h2 class="grow truncate">${room.name}</h2>
        <button class="button ${inside ? '' : 'main'}" @click=${() => act(room._id, inside ? 'leave' : 'join', {})}>
          ${inside ? _('Leave') : _('Join')}</button></div>
      <h3 class="label">${_('In the room')}</h3>
      ${room.currentMembers?.length ? html`<ul class="stack tight">${room.currentMembers.map((member) => html`
        <li class="row"><span class="grow truncate">${member.username}</span></li>`)}</ul>`
        : html`<p class="soft small">${_('Nobody is in.')}</p>`}
      <h3 class="label">${_('Invited')}</h3>
      ${room.invitedMembers?.length ? html`<ul class="stack tight">${room.invitedMembers.map((member) =>
        invited(member, room, isCreator))}</ul>` : html`<p class="soft small">${_('Nobody is invited.')}</p>`}
      ${isCreator ? html`${inviting(room)}
        <form class="row" @submit=${(/** @type {SubmitEvent} */ event) => {
          event.preventDefault();
          act(room._id, '', { name: fieldsOf(event).name });
        }}><input class="input grow" name="name" required maxlength="64" aria-label=${_('New name of the room')}
          placeholder=${_('New name of the room')}><button class="button">${_('Rename')}</button></form>` : ''}
    </section>`;
  }
  return { template };
}

// SPDX-License-Identifier: LGPL-2.1-or-later
import { html } from '../vendor/lit-html.js';
import { _, fill } from '../lib/i18n.js';

/** The roles there are, each with what it is for. */
export const userRoles = () => [
  { id: 'admin', name: _('Administrator'), about: _('everything, accounts too') },
  { id: 'operator', name: _('Operator'), about: _('mixes rooms, sets up rooms and streams') },
  { id: 'teacher', name: _('Teacher'), about: _('answers at the help desk, writes notes') },
  { id: 'student', name: _('Student'), about: _('watches, chats, asks at the help desk') },
];

/**
 * @param {{user: import('./settings-users.js').User | null, problem: string,
 *   onSave: (event: SubmitEvent) => void, onCancel: () => void}} options user: null = a new one
 */
export function userForm({ user, problem, onSave, onCancel }) {
  return html`<form class="card card-body stack" @submit=${onSave}>
    <h2 class="item-name">${user ? fill(_('Change {name}'), { name: user.username }) : _('New user')}</h2>
    ${problem ? html`<p class="notice bad" role="alert">${problem}</p>` : ''}
    <div class="form-grid">
      ${user ? html`<input type="text" hidden autocomplete="username" .value=${user.username}>`
        : html`<label class="field"><span>${_('User name')}</span>
          <input class="input" name="username" required maxlength="64" autocomplete="off" autocapitalize="none"
            spellcheck="false"></label>`}
      <label class="field"><span>${user ? _('New password') : _('Password')}
          <span class="hint">${user ? _('(stays when empty)') : _('(at least 8 characters)')}</span></span>
        <input class="input" name="password" type="password" ?required=${!user} minlength="8"
          autocomplete="new-password"></label>
      <label class="field"><span>${_('First name')} <span class="hint">${_('(may stay empty)')}</span></span>
        <input class="input" name="first_name" maxlength="200" autocomplete="off" .value=${user?.first_name ?? ''}></label>
      <label class="field"><span>${_('Last name')} <span class="hint">${_('(may stay empty)')}</span></span>
        <input class="input" name="last_name" maxlength="200" autocomplete="off" .value=${user?.last_name ?? ''}></label>
      <label class="field"><span>${_('E-mail')} <span class="hint">${_('(may stay empty)')}</span></span>
        <input class="input" name="email" type="email" maxlength="200" autocomplete="off" .value=${user?.email ?? ''}></label>
    </div>
    <fieldset class="plain-set stack tight"><legend class="strong small">${_('Roles')}</legend>
      ${userRoles().map(({ id, name, about }) => html`<label class="check">
        <input type="checkbox" name="roles" value=${id} .checked=${user ? user.roles.includes(id) : id === 'operator'}>
        <span>${name} <span class="small soft">${about}</span></span></label>`)}</fieldset>
    <div class="row wrap"><button class="button main">${user ? _('Save') : _('Add the user')}</button>
      <button type="button" class="button" @click=${onCancel}>${_('Cancel')}</button></div>
  </form>`;
}

// SPDX-License-Identifier: LGPL-2.1-or-later
import { html } from '../vendor/lit-html.js';
import { repeat } from '../vendor/directives/repeat.js';
import { get, post, put, remove } from '../lib/api.js';
import { fieldsOf, valuesOf } from '../lib/form.js';
import { _, fill } from '../lib/i18n.js';
import { confirm } from './confirm.js';
import { icon } from './icons.js';
import { say } from './toast.js';

/**
 * @typedef {{id: number, username: string, email?: string, roles: string[]}} User
 * @param {{session: import('../lib/session.js').Session | null, update: () => void}} options
 */
export function createUserSettings({ session, update }) {
  /** @type {User[] | null} */
  let users = null;
  let adding = false;
  /** Whose password is set anew. @type {string | null} */
  let open = null;
  let problem = '';

  const roles = () => [
    { id: 'admin', name: _('Administrator') }, { id: 'operator', name: _('Operator') },
    { id: 'teacher', name: _('Teacher') }, { id: 'student', name: _('Student') },
  ];

  async function load() {
    try {
      users = await get('/users');
      problem = '';
    } catch (error) {
      problem = /** @type {Error} */ (error).message;
    }
    update();
  }

  /** @param {Promise<any>} done */
  async function after(done) {
    try {
      await done;
      adding = false;
      open = null;
      await load();
    } catch (error) {
      problem = /** @type {Error} */ (error).message;
      update();
    }
  }

  /** @param {SubmitEvent} event */
  function add(event) {
    event.preventDefault();
    const { username, password, email } = fieldsOf(event);
    after(post('/users', { username, password, ...(email ? { email } : {}), roles: valuesOf(event, 'roles') }));
  }

  /** @param {SubmitEvent} event @param {User} user */
  function setPassword(event, user) {
    event.preventDefault();
    after(put(`/users/${encodeURIComponent(user.username)}`, { password: fieldsOf(event).password })
      .then(() => say(update, fill(_('{name} has a new password.'), { name: user.username }))));
  }

  /** @param {User} user */
  async function drop(user) {
    const sure = await confirm({
      title: fill(_('Remove {name}?'), { name: user.username }),
      text: _('The account can do nothing any more from this moment on.'), action: _('Remove'),
    });
    if (!sure) return;
    await remove(`/users/${encodeURIComponent(user.username)}`)
      .catch((error) => say(update, error.message, { bad: true }));
    load();
  }

  const addForm = () => html`<form class="card card-body stack" @submit=${add}>
    <h2 class="item-name">${_('New user')}</h2>
    ${problem ? html`<p class="notice bad" role="alert">${problem}</p>` : ''}
    <div class="form-grid">
      <label class="field"><span>${_('User name')}</span>
        <input class="input" name="username" required maxlength="64" autocomplete="off" autocapitalize="none"></label>
      <label class="field"><span>${_('Password')}</span>
        <input class="input" name="password" type="password" required minlength="8" autocomplete="new-password"></label>
      <label class="field"><span>${_('E-mail')} <span class="hint">${_('(may stay empty)')}</span></span>
        <input class="input" name="email" type="email" autocomplete="off"></label>
    </div>
    <fieldset class="plain-set"><legend class="strong small">${_('Roles')}</legend>
      <div class="row wrap check-list">${roles().map(({ id, name }) => html`<label class="check">
        <input type="checkbox" name="roles" value=${id} .checked=${id === 'operator'}>${name}</label>`)}</div></fieldset>
    <div class="row wrap"><button class="button main">${_('Add the user')}</button>
      <button type="button" class="button" @click=${() => { adding = false; problem = ''; update(); }}>${_('Cancel')}</button></div>
  </form>`;

  /** @param {User} user */
  const item = (user) => html`<div class="row wrap list-row">
      <div class="grow list-words"><h2 class="item-name truncate">${user.username}</h2>
        <p class="small soft truncate">${user.email ?? ''}</p></div>
      ${roles().filter(({ id }) => user.roles.includes(id)).map(({ name }) => html`<span class="badge">${name}</span>`)}
      <button class="button" aria-expanded=${open === user.username}
        @click=${() => { open = open === user.username ? null : user.username; problem = ''; update(); }}>${_('New password')}</button>
      <button class="button icon" ?disabled=${user.username === session?.username} @click=${() => drop(user)}
        aria-label=${fill(_('Remove {name}'), { name: user.username })}>${icon('bin')}</button></div>
    ${open === user.username ? html`<form class="row wrap list-row"
        @submit=${(/** @type {SubmitEvent} */ event) => setPassword(event, user)}>
        ${problem ? html`<p class="notice bad" role="alert">${problem}</p>` : ''}
        <input type="text" hidden autocomplete="username" .value=${user.username}>
        <input class="input grow" name="password" type="password" required minlength="8" autocomplete="new-password"
          aria-label=${fill(_('New password of {name}'), { name: user.username })} placeholder=${_('New password')}>
        <button class="button main">${_('Save')}</button></form>` : ''}`;

  load();
  return {
    template: () => html`<section class="stack" aria-label=${_('Users')}>
      <div class="row"><p class="grow soft">${_('People with an account, and what they may do.')}</p>
        <button class="button main" ?disabled=${adding}
          @click=${() => { adding = true; problem = ''; update(); }}>${icon('plus')}${_('Add a user')}</button></div>
      ${problem && !adding && open === null ? html`<p class="notice bad" role="alert">${problem}</p>` : ''}
      ${adding ? addForm() : ''}
      <ul class="list">${repeat(users ?? [], ({ id }) => id, (user) => html`<li>${item(user)}</li>`)}</ul>
    </section>`,
  };
}

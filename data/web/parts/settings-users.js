// SPDX-License-Identifier: LGPL-2.1-or-later
import { html } from '../vendor/lit-html.js';
import { repeat } from '../vendor/directives/repeat.js';
import { get, post, put, remove } from '../lib/api.js';
import { fieldsOf, valuesOf } from '../lib/form.js';
import { _, fill } from '../lib/i18n.js';
import { signIn } from '../lib/session.js';
import { confirm } from './confirm.js';
import { icon } from './icons.js';
import { say } from './toast.js';
import { userForm, userRoles } from './user-form.js';

/**
 * @typedef {{id: number, username: string, email?: string | null, first_name?: string | null,
 *   last_name?: string | null, roles: string[]}} User
 * @param {{session: import('../lib/session.js').Session | null, update: () => void}} options
 */
export function createUserSettings({ session, update }) {
  /** @type {User[] | null} */
  let users = null;
  /** Name of the user that is changed, "" = a new one. @type {string | null} */
  let open = null;
  let problem = '';

  async function load() {
    try {
      users = (await get('/users')).sort(
        (/** @type {User} */ a, /** @type {User} */ b) => a.username.localeCompare(b.username));
      problem = '';
    } catch (error) {
      problem = /** @type {Error} */ (error).message;
    }
    update();
  }

  /** @param {SubmitEvent} event @param {User | null} old */
  async function save(event, old) {
    event.preventDefault();
    const { username, password, ...details } = fieldsOf(event);
    const body = { ...details, ...(password ? { password } : {}), roles: valuesOf(event, 'roles') };
    try {
      if (old) await put(`/users/${encodeURIComponent(old.username)}`, body);
      else await post('/users', { username, ...body });
      // A new password ends all sessions of the account, this one too.
      if (password && old?.username === session?.username) await signIn(old?.username ?? '', password);
      say(update, old ? fill(_('{name} is changed.'), { name: old.username })
        : fill(_('{name} can sign in now.'), { name: username }));
      open = null;
      await load();
    } catch (error) {
      problem = /** @type {Error} */ (error).message;
      update();
    }
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

  /** @param {string | null} username */
  function show(username) {
    open = username;
    problem = '';
    update();
  }

  /** @param {User | null} user */
  const form = (user) => userForm({
    user, problem, onSave: (event) => save(event, user), onCancel: () => show(null),
  });

  /** @param {User} user */
  function item(user) {
    if (open === user.username) return form(user);
    const { username, email, roles } = user;
    const about = [[user.first_name, user.last_name].filter(Boolean).join(' '), email].filter(Boolean).join(' · ');
    const isOwn = username === session?.username;
    return html`<div class="row wrap list-row">
      <div class="grow list-words"><h2 class="item-name truncate">${username}</h2>
        <p class="small soft truncate">${about}</p></div>
      ${userRoles().filter(({ id }) => roles.includes(id)).map(({ name }) => html`<span class="badge">${name}</span>`)}
      ${roles.length ? '' : html`<span class="badge">${_('No role')}</span>`}
      <button class="button icon" @click=${() => show(username)}
        aria-label=${fill(_('Change {name}'), { name: username })}>${icon('edit')}</button>
      <button class="button icon" ?disabled=${isOwn} @click=${() => drop(user)}
        title=${isOwn ? _('Nobody can remove their own account.') : ''}
        aria-label=${fill(_('Remove {name}'), { name: username })}>${icon('bin')}</button></div>`;
  }

  load();
  return {
    template: () => html`<section class="stack" aria-label=${_('Users')}>
      <div class="row wrap"><p class="settings-about">${_('People with an account, and what they may do.')}</p>
        <button class="button main" ?disabled=${open === ''} @click=${() => show('')}>${icon('plus')}${_('Add a user')}</button></div>
      ${problem && open === null ? html`<p class="notice bad" role="alert">${problem}</p>` : ''}
      ${open === '' ? form(null) : ''}
      <ul class="list">${repeat(users ?? [], ({ id }) => id, (user) => html`<li>${item(user)}</li>`)}</ul>
    </section>`,
  };
}

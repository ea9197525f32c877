// SPDX-License-Identifier: LGPL-2.1-or-later
import { html } from '../vendor/lit-html.js';
import { ApiError } from '../lib/api.js';
import { _ } from '../lib/i18n.js';
import { signIn } from '../lib/session.js';

/** @param {import('../app.js').Context} context @returns {import('../app.js').View} */
export function create({ update, signedIn }) {
  let busy = false;
  let problem = '';

  /** @param {SubmitEvent} event */
  async function submit(event) {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    busy = true;
    problem = '';
    update();
    try {
      const session = await signIn(String(form.get('username')), String(form.get('password')));
      if (session) {
        signedIn(session);
        return;
      }
      problem = _('The browser kept no session. Are cookies of this page allowed?');
    } catch (error) {
      const status = error instanceof ApiError ? error.status : 0;
      problem = status === 401 ? _('User name or password is wrong.')
        : status === 429 ? _('Too many tries. Wait a minute.')
        : status === 0 ? _('The server cannot be reached.')
        : /** @type {Error} */ (error).message;
    }
    busy = false;
    update();
  }

  return {
    title: () => _('Sign in'),
    template: () => html`<form class="signin stack" @submit=${submit}>
      <h1>${_('Sign in')}</h1>
      <p class="soft">${_('Rooms of this venue are open to people with an account.')}</p>
      ${problem ? html`<p class="notice bad" role="alert">${problem}</p>` : ''}
      <label class="field"><span>${_('User name')}</span>
        <input class="input" name="username" autocomplete="username" autocapitalize="none"
          spellcheck="false" required autofocus></label>
      <label class="field"><span>${_('Password')}</span>
        <input class="input" name="password" type="password" autocomplete="current-password"
          required></label>
      <button class="button main" ?disabled=${busy}>${busy ? _('Signing in …') : _('Sign in')}</button>
    </form>`,
  };
}

// SPDX-License-Identifier: LGPL-2.1-or-later
// One's own account: the password, and how this browser shows the pages.
import { html } from '../vendor/lit-html.js';
import { put } from '../lib/api.js';
import { fieldsOf } from '../lib/form.js';
import { LANGUAGES, _, keepLanguage, keptLanguage, languageName } from '../lib/i18n.js';
import { signIn } from '../lib/session.js';
import { applyTheme, currentTheme } from '../lib/theme.js';
import { say } from './toast.js';

/**
 * @param {{session: import('../lib/session.js').Session | null, update: () => void}} options
 */
export function createAccountSettings({ session, update }) {
  const username = session?.username ?? '';
  let problem = '';

  /** @param {SubmitEvent} event */
  async function setPassword(event) {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    const { password, again } = fieldsOf(event);
    problem = password === again ? '' : _('The two passwords differ.');
    if (!problem) {
      try {
        await put(`/users/${encodeURIComponent(username)}`, { password });
        // It ends all sessions of the account, this one too.
        await signIn(username, password);
        form.reset();
        say(update, _('Your password is changed. Other browsers are signed out.'));
      } catch (error) {
        problem = /** @type {Error} */ (error).message;
      }
    }
    update();
  }

  const passwordForm = () => html`<form class="card card-body stack" @submit=${setPassword}>
    <h2 class="item-name">${_('New password')}</h2>
    ${problem ? html`<p class="notice bad" role="alert">${problem}</p>` : ''}
    <input type="text" hidden autocomplete="username" .value=${username}>
    <div class="form-grid">
      <label class="field"><span>${_('New password')} <span class="hint">${_('(at least 8 characters)')}</span></span>
        <input class="input" name="password" type="password" required minlength="8" autocomplete="new-password"></label>
      <label class="field"><span>${_('The same again')}</span>
        <input class="input" name="again" type="password" required minlength="8" autocomplete="new-password"></label>
    </div>
    <div class="row"><button class="button main">${_('Change the password')}</button></div></form>`;

  /** @param {Event} event */
  const valueOf = (event) => /** @type {HTMLSelectElement} */ (event.target).value;

  const lookForm = () => html`<div class="card card-body stack">
    <h2 class="item-name">${_('In this browser')}</h2>
    <div class="form-grid">
      <label class="field"><span>${_('Language')}</span>
        <select class="input" @change=${(/** @type {Event} */ event) => { keepLanguage(valueOf(event)); location.reload(); }}>
          <option value="" ?selected=${!keptLanguage()}>${_('As the browser says')}</option>
          ${['en', ...LANGUAGES].map((tag) => html`<option value=${tag} lang=${tag}
            ?selected=${tag === keptLanguage()}>${languageName(tag)}</option>`)}</select></label>
      <label class="field"><span>${_('Colours')}</span>
        <select class="input" @change=${(/** @type {Event} */ event) => {
          applyTheme(/** @type {import('../lib/theme.js').Theme} */ (valueOf(event)));
          update();
        }}>
          <option value="system" ?selected=${currentTheme() === 'system'}>${_('As the system says')}</option>
          <option value="dark" ?selected=${currentTheme() === 'dark'}>${_('Dark')}</option>
          <option value="light" ?selected=${currentTheme() === 'light'}>${_('Light')}</option></select></label>
    </div></div>`;

  return {
    template: () => html`<section class="stack" aria-label=${_('Account')}>
      ${passwordForm()}${lookForm()}</section>`,
  };
}

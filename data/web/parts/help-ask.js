// SPDX-License-Identifier: LGPL-2.1-or-later
import { html } from '../vendor/lit-html.js';
import { fieldsOf } from '../lib/form.js';
import { MOST_IMAGE, readImage } from '../lib/help.js';
import { _ } from '../lib/i18n.js';
import { say } from './toast.js';

/**
 * The picture of a form's file field as a data: address, "" = none.
 * @param {HTMLFormElement} form
 * @returns {Promise<string>}
 */
export async function imageOf(form) {
  const field = /** @type {HTMLInputElement | null} */ (form.elements.namedItem('image'));
  const file = field?.files?.[0];
  if (!file) return '';
  if (file.size > MOST_IMAGE) throw new Error(_('The picture is larger than 5 MB.'));
  return readImage(file);
}

/** @param {{onAsk: (text: string, image: string) => Promise<void>, update: () => void}} options */
export function askForm({ onAsk, update }) {
  /** @param {SubmitEvent} event */
  async function submit(event) {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    const { text } = fieldsOf(event);
    try {
      await onAsk(text, await imageOf(form));
      form.reset();
    } catch (error) {
      say(update, /** @type {Error} */ (error).message, { bad: true });
    }
  }
  return html`<form class="card card-body stack" @submit=${submit}>
    <h2>${_('Ask for help')}</h2>
    <label class="field"><span>${_('Your question')}</span>
      <textarea class="input" name="text" required maxlength="4000" rows="3"></textarea></label>
    <label class="field"><span>${_('A picture')} <span class="hint">${_('(may stay empty)')}</span></span>
      <input class="input" type="file" name="image" accept="image/png,image/jpeg,image/webp,image/gif"></label>
    <div class="row"><button class="button main">${_('Ask')}</button></div></form>`;
}

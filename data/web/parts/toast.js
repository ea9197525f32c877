// SPDX-License-Identifier: LGPL-2.1-or-later
// Short words about something that went wrong or well; spoken by a screen reader.
import { html } from '../vendor/lit-html.js';
import { repeat } from '../vendor/directives/repeat.js';
import { _ } from '../lib/i18n.js';
import { icon } from './icons.js';

/** @type {{id: number, text: string, bad: boolean}[]} */
let shown = [];
let lastId = 0;
/** @type {() => void} */
let update = () => {};

/** @param {number} id */
function drop(id) {
  shown = shown.filter((toast) => toast.id !== id);
  update();
}

/**
 * @param {() => void} redraw
 * @param {string} text
 * @param {{bad?: boolean}} [options]
 */
export function say(redraw, text, { bad = false } = {}) {
  update = redraw;
  shown = shown.filter((toast) => toast.text !== text).slice(-2);
  const id = (lastId += 1);
  shown.push({ id, text, bad });
  setTimeout(() => drop(id), bad ? 9000 : 4000);
  update();
}

export const toasts = () => html`<div class="toasts" role="status" aria-live="polite">
  ${repeat(shown, ({ id }) => id, ({ id, text, bad }) => html`
    <div class="toast ${bad ? 'bad' : ''}"><span class="grow">${text}</span>
      <button class="button quiet icon tight" @click=${() => drop(id)}
        aria-label=${_('Dismiss')}>${icon('close')}</button></div>`)}
</div>`;

// SPDX-License-Identifier: LGPL-2.1-or-later
import { html } from '../vendor/lit-html.js';
import { _ } from '../lib/i18n.js';

/** @returns {import('../app.js').View} */
export function create() {
  return {
    title: () => _('Not found'),
    template: () => html`<div class="stack">
      <h1>${_('There is no such page')}</h1>
      <p><a href="/">${_('All rooms')}</a></p></div>`,
  };
}

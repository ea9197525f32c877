// SPDX-License-Identifier: LGPL-2.1-or-later
// A question before something is gone for good. The dialog is the browser's own,
// so focus, Escape and the screen reader are right by themselves.
import { html, render } from '../vendor/lit-html.js';
import { _ } from '../lib/i18n.js';

/**
 * @param {{title: string, text: string, action: string}} options
 * @returns {Promise<boolean>}
 */
export function confirm({ title, text, action }) {
  return new Promise((resolve) => {
    const dialog = document.createElement('dialog');
    dialog.setAttribute('aria-labelledby', 'confirm-title');
    render(html`<form method="dialog" class="body stack">
      <h2 id="confirm-title">${title}</h2><p>${text}</p>
      <div class="row wrap"><span class="grow"></span>
        <button class="button" value="no" autofocus>${_('Cancel')}</button>
        <button class="button danger" value="yes">${action}</button></div></form>`, dialog);
    dialog.addEventListener('close', () => {
      resolve(dialog.returnValue === 'yes');
      dialog.remove();
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

// SPDX-License-Identifier: LGPL-2.1-or-later
import { html } from '../vendor/lit-html.js';
import { _ } from '../lib/i18n.js';
import { LETTERS } from '../lib/keys.js';
import { icon } from './icons.js';

/** @returns {Record<string, string>} */
const names = () => ({
  take: _('Take'), full: _('Full screen'), pip: _('Small picture; again for the next corner'),
  'side-by-side': _('Side by side'), lecture: _('Lecture'), grid: _('Grid'), blank: _('Blank, and back'),
  cut: _('Change by a cut'), fade: _('Change by a fade'), undo: _('Undo the last take'),
  mode: _('Preset or direct'), mute: _('Listen to the program'), note: _('Write a note'),
  arrange: _('Arrange the sources'),
});

/** @param {{keysOn: boolean, setKeys: (on: boolean) => void}} options */
export function keysHelp({ keysOn, setKeys }) {
  const words = names();
  return html`<dialog id="keys-help" aria-labelledby="keys-title">
    <div class="head"><h2 id="keys-title" class="grow">${_('Keys')}</h2>
      <form method="dialog"><button class="button quiet icon" aria-label=${_('Close')}>${icon('close')}</button></form></div>
    <div class="body stack">
      <dl class="keys">
        <dt><kbd>1</kbd> … <kbd>9</kbd></dt><dd>${_('Choose a source')}</dd>
        <dt><kbd>⇧</kbd> <kbd>1</kbd> … <kbd>9</kbd></dt><dd>${_('Choose the second source')}</dd>
        <dt><kbd>↵</kbd> <kbd>T</kbd></dt><dd>${words.take}</dd>
        <dt><kbd>${_('Space')}</kbd> <kbd>B</kbd></dt><dd>${words.blank}</dd>
        ${Object.entries(LETTERS).filter(([letter]) => !'tb'.includes(letter)).map(([letter, action]) => html`
          <dt><kbd>${letter.toUpperCase()}</kbd></dt><dd>${words[action]}</dd>`)}
        <dt><kbd>Esc</kbd></dt><dd>${_('Clear the next picture')}</dd>
        <dt><kbd>?</kbd></dt><dd>${_('Show these keys')}</dd>
      </dl>
      <label class="check"><input type="checkbox" .checked=${keysOn}
        @change=${(/** @type {Event} */ event) => setKeys(/** @type {HTMLInputElement} */ (event.target).checked)}>
        ${_('Use these keys')}</label>
    </div>
  </dialog>`;
}

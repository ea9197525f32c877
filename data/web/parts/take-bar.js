// SPDX-License-Identifier: LGPL-2.1-or-later
// Take, cut or fade, undo, blank, and how choices act.
import { html } from '../vendor/lit-html.js';
import { live } from '../vendor/directives/live.js';
import { _ } from '../lib/i18n.js';
import { secondsText } from '../lib/format.js';
import { sceneOf } from '../lib/scene.js';
import { icon } from './icons.js';

const LENGTHS = [200, 300, 500, 800, 1000, 1500, 2000, 3000, 5000];

/** @param {{mixer: import('../lib/mixer.js').Mixer, update: () => void}} options */
export function takeBar({ mixer, update }) {
  const { transition, mode, next, pending } = mixer;
  const blank = sceneOf(mixer.state) === 'blank';
  /** @param {'cut' | 'fade'} kind */
  const setKind = (kind) => { mixer.transition = { ...transition, kind }; update(); };
  return html`<div class="take-bar">
    <button class="button take" ?disabled=${!next} aria-busy=${pending.has('take')}
      title=${mode === 'preset' ? _('Puts the next picture on air')
        : _('Only with Preset: now each choice goes on air at once')}
      @click=${() => mixer.take()}>${_('Take')}<kbd>↵</kbd></button>
    <div class="choice" role="group" aria-label=${_('Way of changing')}>
      <button class="button" aria-pressed=${transition.kind === 'cut'} @click=${() => setKind('cut')}>${_('Cut')}</button>
      <button class="button" aria-pressed=${transition.kind === 'fade'} @click=${() => setKind('fade')}>${_('Fade')}</button>
    </div>
    <select class="input tight fade-length" aria-label=${_('Length of the fade')}
      ?disabled=${transition.kind !== 'fade'} .value=${live(String(transition.ms))}
      @change=${(/** @type {Event} */ event) => {
        const select = /** @type {HTMLSelectElement} */ (event.target);
        mixer.transition = { ...transition, ms: Number(select.value) };
        update();
      }}>${LENGTHS.map((ms) => html`<option value=${ms} ?selected=${ms === transition.ms}>${secondsText(ms)}</option>`)}
    </select>
    <button class="button on-air" aria-pressed=${blank} aria-busy=${pending.has('blank')}
      @click=${() => mixer.blank()}>${blank ? _('End blank') : _('Blank')}<kbd>${_('Space')}</kbd></button>
    <button class="button" ?disabled=${!mixer.undoable} aria-busy=${pending.has('undo')}
      @click=${() => mixer.undo()}>${icon('undo')}${_('Undo')}</button>
    <div class="choice mode" role="group" aria-label=${_('What a choice does')}>
      <button class="button" aria-pressed=${mode === 'preset'}
        title=${_('A choice goes to Next; Take puts it on air')}
        @click=${() => mixer.setMode('preset')}>${_('Preset')}</button>
      <button class="button" aria-pressed=${mode === 'direct'}
        title=${_('A choice goes on air at once')}
        @click=${() => mixer.setMode('direct')}>${_('Direct')}</button>
    </div>
  </div>`;
}

// SPDX-License-Identifier: LGPL-2.1-or-later
import { html } from '../vendor/lit-html.js';
import { _ } from '../lib/i18n.js';
import { fader, gainWords } from './fader.js';
import './meter.js';
import './level-number.js';

/**
 * @param {{mixer: import('../lib/mixer.js').Mixer, meters: import('../lib/levels.js').Meters}} options
 */
export function masterStrip({ mixer, meters }) {
  const gain = mixer.held.get('') ?? mixer.state.master ?? 1;
  return html`<div class="master">
    <span class="label">${_('Master')}</span>
    <div class="master-meter">
      <dais-meter .meters=${meters} .of=${''} label=${_('Level of the mix')}></dais-meter>
      <div class="scale" aria-hidden="true">${[-48, -36, -24, -18, -12, -6, 0].map((db) => html`<span>${db}</span>`)}</div>
    </div>
    <dl class="master-numbers">
      <div><dt>${_('Peak')}</dt><dd><dais-level .meters=${meters} kind="held"></dais-level></dd></div>
      <div><dt title=${_('Of the last three seconds, as EBU R 128 measures it')}>${_('Loudness')}</dt>
        <dd><dais-level .meters=${meters} kind="loudness"></dais-level></dd></div>
    </dl>
    <div class="row">
      ${fader({ label: _('Volume of the mix'), gain, onInput: (value, done) => mixer.setVolume('', value, done) })}
      <span class="number small fader-value">${gainWords(gain)}</span></div>
  </div>`;
}

// SPDX-License-Identifier: LGPL-2.1-or-later
// One source: its picture and tally, health, level, and its share of the sound.
import { html } from '../vendor/lit-html.js';
import { _, fill } from '../lib/i18n.js';
import { hasPicture, hasSound, mediaPath, tallyOf } from '../lib/room.js';
import { placesOf, sceneOf, volumeOf } from '../lib/scene.js';
import { fader, gainWords } from './fader.js';
import { healthBadge } from './health.js';
import { icon } from './icons.js';
import './meter.js';

/**
 * @typedef {import('../lib/room.js').Stream} Stream
 * @typedef {{
 *   stream: Stream, number: number, arranging: boolean,
 *   link: import('../lib/room-link.js').RoomLink,
 *   mixer: import('../lib/mixer.js').Mixer,
 *   grants: {cut: boolean, audio: boolean},
 *   drag: {state: string, start: (event: DragEvent) => void, over: (event: DragEvent) => void,
 *     drop: (event: DragEvent) => void, end: () => void},
 *   onMove: (by: number) => void,
 *   onHide: () => void,
 * }} TileOptions
 */

/** @param {TileOptions} options */
export function sourceTile(options) {
  const { stream, link, mixer, drag, arranging, grants } = options;
  const { name } = stream;
  const tally = tallyOf(link.room, name, mixer.next);
  const heard = mixer.isHeard(name);
  const silent = hasSound(stream) && heard && link.meters.isSilent(name);
  const gain = mixer.held.get(name) ?? volumeOf(mixer.state, name);
  return html`<article class="source ${tally.program ? 'program' : ''} ${tally.next ? 'next' : ''} ${drag.state}"
    draggable=${grants.cut} aria-label=${name}
    @dragstart=${drag.start} @dragover=${drag.over} @drop=${drag.drop} @dragend=${drag.end}>
    ${hasPicture(stream) ? picture(options, tally) : html`<div class="source-sound">
      ${icon('sound')}<span>${_('Sound only')}</span></div>`}
    <h3 class="truncate" title=${name}>${name}</h3>
    <div class="row source-about">${healthBadge(stream, silent)}<span class="grow"></span>
      ${hasSound(stream) && mixer.inSound(name) ? html`<span class="number small ${heard ? '' : 'soft'}">${
        heard ? gainWords(gain) : _('Muted')}</span>` : ''}</div>
    ${hasSound(stream) ? html`<dais-meter .meters=${link.meters} .of=${name}
      label=${fill(_('Level of {name}'), { name })}></dais-meter>` : ''}
    ${arranging ? arrange(options) : hasSound(stream) ? sound(options, gain)
      : html`<p class="small soft source-quiet">${_('Without sound')}</p>`}
  </article>`;
}

/** @param {TileOptions} options @param {{program: boolean, next: boolean}} tally */
function picture({ stream, number, mixer, grants }, tally) {
  const { name } = stream;
  const scene = sceneOf(mixer.edited);
  const inGrid = scene === 'grid' && (mixer.edited.grid ?? []).includes(name);
  const second = placesOf(scene) === 2;
  return html`<div class="source-picture">
    <button class="tile-button ${tally.program ? 'program' : ''} ${tally.next ? 'next' : ''}"
      aria-pressed=${tally.program} ?disabled=${!grants.cut}
      aria-busy=${mixer.pending.has(`source:${name}`)} @click=${() => mixer.choose(name)}>
      <dais-preview src=${mediaPath(stream.stream_url, 'mjpg')} alt=""></dais-preview>
      <span class="unseen">${name}</span>
      ${number <= 9 ? html`<kbd class="tile-key" aria-hidden="true">${number}</kbd>` : ''}
      <span class="tile-words">
        ${tally.program ? html`<b class="mark program">${_('Program')}</b>` : ''}
        ${tally.next ? html`<b class="mark next">${_('Next')}</b>` : ''}</span>
    </button>
    ${scene === 'grid' ? html`<span class="badge tile-grid">${inGrid ? _('In the grid') : _('Not in the grid')}</span>` : ''}
    ${second && grants.cut ? html`<button class="button tight tile-second"
      aria-pressed=${mixer.edited.pip === name} title=${_('As the second picture')}
      @click=${() => mixer.choose(name, 'second')}>${_('2nd')}<span class="unseen">: ${name}</span></button>` : ''}
  </div>`;
}

/** @param {TileOptions} options @param {number} gain */
function sound({ stream, mixer, grants }, gain) {
  const { name } = stream;
  const disabled = !grants.audio;
  if (!mixer.inSound(name)) {
    return html`<button class="button tight wide" ?disabled=${disabled}
      aria-busy=${mixer.pending.has(`sound:${name}`)} @click=${() => mixer.addSound(name)}>
      ${icon('plus')}<span>${_('Add sound')}<span class="unseen">: ${name}</span></span></button>`;
  }
  const muted = mixer.state.mutes?.includes(name) ?? false;
  return html`<div class="row source-sounds">
    <button class="button icon tight ${muted ? 'muted' : ''}" aria-pressed=${muted} ?disabled=${disabled}
      aria-busy=${mixer.pending.has(`mute:${name}`)} @click=${() => mixer.toggleMute(name)}
      aria-label=${fill(_('Mute {name}'), { name })}>${icon(muted ? 'mute' : 'sound')}</button>
    ${fader({
      label: fill(_('Volume of {name}'), { name }), disabled,
      gain,
      onInput: (gain, done) => mixer.setVolume(name, gain, done),
    })}
    <button class="button quiet icon tight" ?disabled=${disabled} @click=${() => mixer.removeSound(name)}
      title=${_('Take out of the mix')}
      aria-label=${fill(_('Take the sound of {name} out of the mix'), { name })}>${icon('close')}</button>
  </div>`;
}

/** @param {TileOptions} options */
function arrange({ stream: { name }, onMove, onHide }) {
  return html`<div class="row source-arrange">
    <button class="button tight icon" @click=${() => onMove(-1)}
      aria-label=${fill(_('Move {name} to the left'), { name })}>${icon('left')}</button>
    <button class="button tight icon" @click=${() => onMove(1)}
      aria-label=${fill(_('Move {name} to the right'), { name })}>${icon('right')}</button>
    <span class="grow"></span>
    <button class="button tight" @click=${onHide}>${_('Hide')}<span class="unseen">: ${name}</span></button>
  </div>`;
}

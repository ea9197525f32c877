// SPDX-License-Identifier: LGPL-2.1-or-later
// What is on air, and in preset mode what comes next.
import { html } from '../vendor/lit-html.js';
import { repeat } from '../vendor/directives/repeat.js';
import { _ } from '../lib/i18n.js';
import { mediaPath } from '../lib/room.js';
import { rectsOf, sceneOf, shownIn } from '../lib/scene.js';
import { icon } from './icons.js';

/**
 * @param {{link: import('../lib/room-link.js').RoomLink, mixer: import('../lib/mixer.js').Mixer,
 *   src: string, onListen: () => void}} options
 */
export function screens({ link, mixer, src, onListen }) {
  const muted = document.querySelector('.screen.program dais-player')?.hasAttribute('muted') ?? true;
  return html`
    ${mixer.mode === 'preset' ? html`<figure class="screen next">
      <figcaption class="screen-word next">${_('Next')}
        <span class="screen-names truncate">${describe(mixer.next)}</span></figcaption>
      ${nextPicture(link, mixer)}
    </figure>` : ''}
    <figure class="screen program">
      <figcaption class="screen-word">${_('Program')}
        <span class="screen-names truncate">${describe(link.room.state)}</span></figcaption>
      <dais-player src=${src} muted label=${_('Program')}></dais-player>
      <button class="button tight screen-listen" @click=${onListen} aria-pressed=${!muted}
        title=${_('Listen to the program')}>
        ${icon(muted ? 'mute' : 'sound')}<span>${muted ? _('Listen') : _('Listening')}</span></button>
    </figure>`;
}

/** @param {import('../lib/scene.js').MixState | null} state */
function describe(state) {
  if (!state) return '';
  if (sceneOf(state) === 'blank') return _('Blank');
  return shownIn(state).join(' + ') || _('nothing');
}

/** @param {import('../lib/room-link.js').RoomLink} link @param {import('../lib/mixer.js').Mixer} mixer */
function nextPicture(link, mixer) {
  const { next } = mixer;
  if (!next) {
    return html`<div class="composed empty"><p>${_('Choose a source or a scene.')}
      <br>${_('Take puts it on air.')}</p></div>`;
  }
  const names = shownIn(next);
  const rects = rectsOf(next);
  return html`<div class="composed" role="img" aria-label=${describe(next)}>
    ${repeat(names, (name) => name, (name, i) => {
      const { x, y, width, height } = rects[i] ?? { x: 0, y: 0, width: 0, height: 0 };
      const url = mediaPath(link.room.streams[name]?.stream_url, 'mjpg');
      return html`<dais-preview src=${url} alt="" place="${x} ${y} ${width} ${height}"></dais-preview>`;
    })}</div>`;
}

// SPDX-License-Identifier: LGPL-2.1-or-later
import { html } from '../vendor/lit-html.js';
import { clockSeconds } from '../lib/format.js';
import { _, fill, ngettext } from '../lib/i18n.js';
import { sceneOf } from '../lib/scene.js';
import { icon } from './icons.js';

/**
 * @param {{link: import('../lib/room-link.js').RoomLink, name: string, urlName: string,
 *   onHelp: () => void}} options
 */
export function mixerBar({ link, name, urlName, onHelp }) {
  const operators = link.room.presence.filter(({ door, role }) => door === 'venue' && role !== 'viewer');
  const names = [...new Set(operators.map(({ user }) => user).filter(Boolean))];
  const blank = sceneOf(link.room.state) === 'blank';
  return html`
    <a class="button quiet icon bar-back" href="/" aria-label=${_('All rooms')} title=${_('All rooms')}>${icon('left')}</a>
    <strong class="truncate bar-room">${name}</strong>
    ${!link.ready ? html`<span class="badge warn">${_('Connecting')}</span>`
      : blank ? html`<span class="badge warn">${_('Blank')}</span>`
      : html`<span class="badge program">${_('On air')}</span>`}
    <span class="grow"></span>
    <span class="row small soft nowrap bar-people" title=${names.join(', ')}>${icon('people')}
      <span class="truncate">${names.length && names.length <= 3 ? names.join(', ')
        : fill(ngettext('{n} operator', '{n} operators', names.length), { n: names.length })}</span></span>
    <time class="bar-clock number" aria-label=${_('Time of the server')}>${clockSeconds(link.now())}</time>
    <a class="button quiet bar-watch" href="/watch/${urlName}">${icon('eye')}${_('Watch')}</a>
    <button class="button quiet icon" @click=${onHelp} aria-label=${_('Keys')} title="?">${icon('help')}</button>`;
}

// SPDX-License-Identifier: LGPL-2.1-or-later
// Every room at a glance: its picture, its sources, who is there.
import { html } from '../vendor/lit-html.js';
import { repeat } from '../vendor/directives/repeat.js';
import { get } from '../lib/api.js';
import { _ } from '../lib/i18n.js';
import { RoomLink } from '../lib/room-link.js';
import { may } from '../lib/session.js';
import { roomCard } from '../parts/room-card.js';

/** Decoding is work: with more rooms than this, small previews are enough. */
const MOST_VIDEOS = 4;

/**
 * @typedef {{name: string, url_name: string, output_stream?: string}} RoomEntry
 */

/** @param {import('../app.js').Context} context @returns {import('../app.js').View} */
export function create({ session, update }) {
  /** @type {Map<string, {entry: RoomEntry, link: RoomLink}>} */
  const rooms = new Map();
  let problem = '';
  let loaded = false;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let timer;

  async function refresh() {
    try {
      /** @type {Record<string, RoomEntry>} */
      const list = await get('/rooms');
      problem = '';
      const names = new Set();
      for (const entry of Object.values(list)) {
        names.add(entry.url_name);
        const known = rooms.get(entry.url_name);
        if (known) {
          known.entry = entry;
        } else {
          const link = new RoomLink(entry.url_name, update, ['levels', 'presence']);
          rooms.set(entry.url_name, { entry, link });
          link.start();
        }
      }
      for (const [name, { link }] of rooms) {
        if (names.has(name)) continue;
        link.stop();
        rooms.delete(name);
      }
      loaded = true;
    } catch (error) {
      problem = /** @type {Error} */ (error).message;
    }
    update();
  }

  const onVisible = () => {
    for (const { link } of rooms.values()) link.setQuiet(document.hidden);
  };
  document.addEventListener('visibilitychange', onVisible);
  refresh();
  timer = setInterval(refresh, 10_000);

  return {
    title: () => _('Rooms'),
    wide: true,
    status: () => [...rooms.values()].some(({ link }) => link.status === 'lost') ? 'lost' : 'open',
    leave: () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', onVisible);
      for (const { link } of rooms.values()) link.stop();
    },
    template: () => html`
      <div class="row page-head"><h1 class="grow">${_('Rooms')}</h1></div>
      ${problem ? html`<p class="notice bad" role="alert">${problem}</p>` : ''}
      ${loaded && rooms.size === 0 ? html`<p class="notice">${
        may(session, 'manage')
          ? html`${_('There is no room yet.')} <a href="/settings/rooms">${_('Make the first one')}</a>`
          : _('There is no room that you may see.')}</p>` : ''}
      <ul class="rooms">${repeat([...rooms.values()], ({ entry }) => entry.url_name,
        ({ entry, link }) => html`<li>${
          roomCard({ entry, link, session, update, video: rooms.size <= MOST_VIDEOS })}</li>`)}
      </ul>`,
  };
}

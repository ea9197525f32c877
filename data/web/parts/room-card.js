// SPDX-License-Identifier: LGPL-2.1-or-later
// One room on the page of all rooms: its picture, and a row of its sources that
// switches it at once.
import { html } from '../vendor/lit-html.js';
import { repeat } from '../vendor/directives/repeat.js';
import { _, fill, ngettext } from '../lib/i18n.js';
import { hasPicture, hasSound, mediaPath, orderedStreams, outputOf, tallyOf } from '../lib/room.js';
import { isHeard, place, sceneOf } from '../lib/scene.js';
import { may } from '../lib/session.js';
import { healthBadge } from './health.js';
import { icon } from './icons.js';
import { nowAndNext } from './talks.js';
import { say } from './toast.js';
import './meter.js';

/**
 * @typedef {import('../views/rooms.js').RoomEntry} RoomEntry
 * @typedef {import('../lib/room-link.js').RoomLink} RoomLink
 * @param {{entry: RoomEntry, link: RoomLink, session: import('../lib/session.js').Session | null,
 *   update: () => void, video: boolean}} options video: play it, else a small preview
 */
export function roomCard({ entry, link, session, update, video }) {
  const { room, meters } = link;
  const output = outputOf(room.streams, entry);
  const streams = orderedStreams(room);
  const troubled = streams.filter((stream) => stream.health && stream.health.state !== 'live');
  const silent = streams.filter((stream) => hasSound(stream)
    && isHeard(room.state, stream.name) && meters.isSilent(stream.name));
  const people = room.presence.length;
  return html`<article class="card room-card" aria-labelledby="room-${entry.url_name}">
    <a class="screen" href="/mix/${entry.url_name}" tabindex="-1" aria-hidden="true">
      ${video
        ? html`<dais-player src=${mediaPath(output?.stream_url)} muted label=${entry.name}></dais-player>`
        : html`<dais-preview src=${mediaPath(output?.stream_url, 'mjpg')} alt=""></dais-preview>`}
    </a>
    <div class="room-sign">${sign(link, output)}</div>
    <dais-meter class="room-meter" .meters=${meters} .of=${''}
      label=${fill(_('Sound level of {room}'), { room: entry.name })}></dais-meter>
    <div class="card-body stack">
      <div class="row">
        <h2 class="grow truncate" id="room-${entry.url_name}">
          <a class="plain" href="/mix/${entry.url_name}">${entry.name}</a></h2>
        <span class="row small soft nowrap" title=${link.room.presence.map(({ user }) => user).join(', ')}>
          ${icon('people')}${fill(ngettext('{n} person', '{n} people', people), { n: people })}</span>
      </div>
      ${nowAndNext(room.talks, link.now())}
      ${troubled.length || silent.length
        ? html`<ul class="stack tight small">
          ${troubled.map((stream) => html`<li class="row"><span class="grow truncate">${stream.name}</span>
            ${healthBadge(stream)}</li>`)}
          ${silent.map((stream) => html`<li class="row"><span class="grow truncate">${stream.name}</span>
            ${healthBadge(stream, true)}</li>`)}</ul>`
        : html`<p class="small soft">${room.known && streams.length
          ? _('All sources are well.') : room.known ? _('This room has no sources.') : _('Connecting …')}</p>`}
      ${may(session, 'cut', entry.url_name) ? switcher({ entry, link, streams, update }) : ''}
      <div class="row wrap">
        ${may(session, 'cut', entry.url_name)
          ? html`<a class="button main" href="/mix/${entry.url_name}">${icon('faders')}${_('Mix')}</a>` : ''}
        <a class="button" href="/watch/${entry.url_name}">${icon('eye')}${_('Watch')}</a>
      </div>
    </div>
  </article>`;
}

/** @param {RoomLink} link @param {import('../lib/room.js').Stream | undefined} output */
function sign(link, output) {
  if (link.status === 'denied') return html`<span class="badge bad">${_('Not allowed')}</span>`;
  if (link.status !== 'open') return html`<span class="badge warn">${_('Not connected')}</span>`;
  if (sceneOf(link.room.state) === 'blank') return html`<span class="badge warn">${_('Blank')}</span>`;
  if (output?.health?.state === 'lost') return html`<span class="badge bad">${_('No picture')}</span>`;
  return html`<span class="badge program">${_('On air')}</span>`;
}

/**
 * @param {{entry: RoomEntry, link: RoomLink, streams: import('../lib/room.js').Stream[],
 *   update: () => void}} options
 */
function switcher({ entry, link, streams, update }) {
  /** @param {string} name */
  const cut = (name) => link.write(place(link.room.state, name, 'main'))
    .catch((error) => say(update, error.message, { bad: true }));
  return html`<div class="switcher" role="group"
    aria-label=${fill(_('Sources of {room}'), { room: entry.name })}>
    ${repeat(streams.filter(hasPicture), ({ name }) => name, (stream) => {
      const { program } = tallyOf(link.room, stream.name, null);
      return html`<button class="tile-button ${program ? 'program' : ''}" aria-pressed=${program}
        ?disabled=${!link.ready} @click=${() => cut(stream.name)}>
        <dais-preview src=${mediaPath(stream.stream_url, 'mjpg')} alt=""></dais-preview>
        <span class="tile-name truncate">${stream.name}</span>
        ${program ? html`<span class="tile-word">${_('On air')}</span>` : ''}
      </button>`;
    })}</div>`;
}

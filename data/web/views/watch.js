// SPDX-License-Identifier: LGPL-2.1-or-later
// Watching a room: the picture, what is on, and the chat beside it.
import { html } from '../vendor/lit-html.js';
import { get, request } from '../lib/api.js';
import { Chat } from '../lib/chat.js';
import { _, fill } from '../lib/i18n.js';
import { outputOf, mediaPath } from '../lib/room.js';
import { RoomLink } from '../lib/room-link.js';
import { sceneOf } from '../lib/scene.js';
import { may } from '../lib/session.js';
import { createChat } from '../parts/chat.js';
import { icon } from '../parts/icons.js';
import { nowAndNext, talkList } from '../parts/talks.js';

/** @param {import('../app.js').Context} context @returns {import('../app.js').View} */
export function create({ session, route, update }) {
  const name = route.params.room;
  const link = new RoomLink(name, update, []);
  const chat = new Chat(name, update);
  const chatPart = createChat({ chat, update, mayWrite: () => may(session, 'chat', name) });
  /** @type {import('./rooms.js').RoomEntry | null} */
  let entry = null;
  /** Whether not even the picture is open. @type {boolean | null} */
  let isClosed = null;
  let muted = true;
  let state = 'idle';
  const clock = setInterval(update, 15_000);

  link.start();
  chat.start();
  get('/rooms').then((rooms) => {
    entry = Object.values(rooms).find((room) => room.url_name === name) ?? null;
    update();
  }, () => {});

  const title = () => link.room.config?.room ?? entry?.name ?? name;

  /** A room can be open to everybody as a picture and a chat, without its state.
   * Asked once, when the room itself has refused. */
  function isDenied() {
    if (link.status !== 'denied') return false;
    if (isClosed === null) {
      isClosed = false;
      request('HEAD', `/streaming/mixed/${encodeURIComponent(name)}.jpg`).catch((error) => {
        isClosed = error.status !== 0;
        update();
      });
    }
    return isClosed;
  }

  /** Somebody who may not see it had better sign in than look at a dead player. */
  const denied = () => html`<div class="stack watch-denied">
    <h1>${title()}</h1>
    <p class="notice bad" role="alert">${session
      ? _('This room does not exist, or your account may not see it.')
      : _('This room does not exist, or it is open only to people with an account.')}</p>
    <p class="row">${session ? html`<a class="button" href="/">${_('All rooms')}</a>`
      : html`<a class="button main" href="/watch/${name}?signin">${_('Sign in')}</a>`}</p></div>`;

  function source() {
    const output = entry && outputOf(link.room.streams, entry);
    return mediaPath(output?.stream_url) || `/streaming/mixed/${encodeURIComponent(name)}.webm`;
  }

  function toggleSound() {
    muted = !muted;
    update();
    requestAnimationFrame(() => document.querySelector('.watch video') instanceof HTMLVideoElement
      && /** @type {HTMLVideoElement} */ (document.querySelector('.watch video')).play().catch(() => {}));
  }

  function fullScreen() {
    const screen = /** @type {HTMLElement | null} */ (document.querySelector('.watch-screen'));
    if (document.fullscreenElement) document.exitFullscreen();
    else if (screen?.requestFullscreen) screen.requestFullscreen().catch(() => {});
    // iPhones show only a video itself on the whole screen.
    else /** @type {any} */ (screen?.querySelector('video'))?.webkitEnterFullscreen?.();
  }

  function sign() {
    if (state === 'lost') return html`<span class="badge bad">${_('No picture')}</span>`;
    if (link.room.known && sceneOf(link.room.state) === 'blank') {
      return html`<span class="badge warn">${_('Break')}</span>`;
    }
    return state === 'playing' ? html`<span class="badge program">${_('Live')}</span>`
      : html`<span class="badge">${_('Connecting')}</span>`;
  }

  return {
    title,
    wide: true,
    status: () => link.status === 'denied' ? 'open' : link.status,
    leave: () => {
      clearInterval(clock);
      link.stop();
      chat.stop();
    },
    template: () => isDenied() ? denied() : html`<div class="watch ${chat.status === 'none' ? 'alone' : ''}">
      <div class="watch-screen" @playerstate=${(/** @type {CustomEvent} */ event) => { state = event.detail; update(); }}>
        <dais-player src=${source()} ?muted=${muted} label=${fill(_('Live picture of {room}'), { room: title() })}></dais-player>
        <div class="watch-controls row">
          ${sign()}<span class="grow"></span>
          <button class="button ${muted ? 'main' : ''}" aria-pressed=${!muted} @click=${toggleSound}>
            ${icon(muted ? 'mute' : 'sound')}${muted ? _('Turn the sound on') : _('Sound is on')}</button>
          <button class="button icon" @click=${fullScreen} aria-label=${_('Full screen')}>${icon('full')}</button>
        </div>
      </div>
      <div class="watch-about stack">
        <div class="row wrap"><h1 class="grow">${title()}</h1>
          ${session?.doors.includes('party') ? html`<a class="button" href="/room/?video=${name}">${
            icon('people')}${_('Watch together')}</a>` : ''}
          ${session?.doors.includes('help') ? html`<a class="button" href="/help">${icon('help')}${_('Help desk')}</a>` : ''}
          ${may(session, 'cut', name) ? html`<a class="button" href="/mix/${name}">${icon('faders')}${_('Mix')}</a>` : ''}</div>
        ${nowAndNext(link.room.talks, link.now())}
        ${Object.keys(link.room.talks).length ? html`<details class="watch-talks">
          <summary>${_('All talks of today')}</summary>${talkList(link.room.talks, link.now())}</details>` : ''}
      </div>
      ${chat.status === 'none' ? '' : chatPart.template()}
    </div>`,
  };
}

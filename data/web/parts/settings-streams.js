// SPDX-License-Identifier: LGPL-2.1-or-later
// Streams: what there is and how it does; adding one with a live test.
import { html } from '../vendor/lit-html.js';
import { repeat } from '../vendor/directives/repeat.js';
import { get, post, put, remove } from '../lib/api.js';
import { fieldsOf, withoutSecret } from '../lib/form.js';
import { _, fill } from '../lib/i18n.js';
import { hasPicture, mediaPath } from '../lib/room.js';
import { WatchSocket } from '../lib/socket.js';
import { confirm } from './confirm.js';
import { healthBadge } from './health.js';
import { icon } from './icons.js';
import { streamForm } from './stream-form.js';
import { say } from './toast.js';

/**
 * @typedef {import('../lib/room.js').Stream} Stream
 * @typedef {{name: string, kind: string, uri: string}} Device
 * @param {{session: import('../lib/session.js').Session | null, update: () => void}} options
 */
export function createStreamSettings({ update }) {
  /** @type {Record<string, Stream>} */
  let streams = {};
  /** @type {Device[] | null} */
  let devices = null;
  /** Slug of the stream that is changed, "" = a new one. @type {string | null} */
  let open = null;
  /** Slug of the stream that was just added. */
  let testing = '';
  let problem = '';
  let status = /** @type {import('../lib/socket.js').SocketStatus} */ ('connecting');

  const socket = new WatchSocket({
    path: '/streams/watch',
    onMessage: ({ type, data }) => {
      if (type === 'streams') streams = data;
      update();
    },
    onStatus: (value) => { status = value; update(); },
    probe: () => get('/streams').then(() => 200, (error) => error.status ?? 0),
  });
  socket.start();

  function loadDevices() {
    devices = null;
    get('/devices').then((list) => { devices = list; update(); },
      () => { devices = []; update(); });
  }

  /** @param {string | null} slug */
  function show(slug) {
    open = slug;
    problem = '';
    if (slug !== null) loadDevices();
    update();
  }

  /** @param {SubmitEvent} event @param {Stream | null} old */
  async function save(event, old) {
    event.preventDefault();
    const { name, uri, type, latency } = fieldsOf(event);
    /** @type {any} */
    const body = { name, uri, type };
    if (latency) body.options = { ...old?.options, latency };
    try {
      if (old) await put(`/streams/${old.slug}`, body);
      const made = old ?? await post('/streams', body);
      testing = made?.slug ?? Object.values(streams).find((stream) => stream.name === name)?.slug ?? '';
      open = null;
      problem = '';
    } catch (error) {
      problem = /** @type {Error} */ (error).message;
    }
    update();
  }

  /** @param {Stream} stream */
  async function drop(stream) {
    const sure = await confirm({
      title: fill(_('Remove {name}?'), { name: stream.name }),
      text: _('Rooms that show it will switch it off.'), action: _('Remove'),
    });
    if (!sure) return;
    try {
      await remove(`/streams/${stream.slug}`);
      if (testing === stream.slug) testing = '';
    } catch (error) {
      say(update, /** @type {Error} */ (error).message, { bad: true });
    }
    update();
  }

  /** What the test of a stream that was just added or changed has found. @param {Stream} stream */
  function test(stream) {
    const state = stream.health?.state ?? 'connecting';
    const words = {
      live: html`<p class="strong">${_('It works.')}</p><p class="small soft">${
        { audio: _('Sound, no picture.'), video: _('A picture, no sound.'), av: _('Picture and sound.') }[stream.type]
        ?? ''} ${stream.health?.fps ? fill(_('{n} pictures a second'), { n: Math.round(stream.health.fps) }) : ''}</p>`,
      connecting: html`<p class="strong">${_('Trying …')}</p><p class="small">${stream.health?.error ?? ''}</p>`,
      lost: html`<p class="strong">${_('It does not work yet:')}</p><p>${stream.health?.error || _('no signal')}</p>
        <p class="small soft">${_('It is tried again by itself; change the address if it is wrong.')}</p>`,
    }[state];
    return html`<div class="notice ${{ live: 'good', connecting: '', lost: 'bad' }[state]} row test" role="status">
      ${hasPicture(stream) ? html`<dais-preview src=${mediaPath(stream.stream_url, 'mjpg')}
        alt=${fill(_('Picture of {name}'), { name: stream.name })}></dais-preview>` : ''}
      <div class="grow stack tight">${words}</div>
      <button class="button quiet icon tight" aria-label=${_('Dismiss')}
        @click=${() => { testing = ''; update(); }}>${icon('close')}</button></div>`;
  }

  /** @param {Stream} stream */
  const item = (stream) => html`
    ${open === stream.slug
      ? streamForm({ stream, devices, problem, onSave: (event) => save(event, stream), onCancel: () => show(null) })
      : html`<div class="row wrap list-row">
          <div class="grow list-words"><h2 class="item-name truncate">${stream.name}</h2>
            <p class="small soft truncate">${stream.uri ? withoutSecret(stream.uri) : ''}</p>
            ${stream.health?.error && stream.health.state !== 'live' && testing !== stream.slug
              ? html`<p class="small bad-words">${stream.health.error}</p>` : ''}</div>
          <span class="small soft">${{ audio: _('Sound'), video: _('Picture'), av: _('Picture and sound') }[stream.type] ?? ''}</span>
          ${healthBadge(stream)}
          <button class="button icon" aria-label=${fill(_('Change {name}'), { name: stream.name })}
            @click=${() => show(stream.slug ?? null)}>${icon('edit')}</button>
          <button class="button icon" aria-label=${fill(_('Remove {name}'), { name: stream.name })}
            @click=${() => drop(stream)}>${icon('bin')}</button></div>
        ${testing === stream.slug ? test(stream) : ''}`}`;

  return {
    status: () => status,
    leave: () => socket.stop(),
    template() {
      const raw = Object.values(streams).filter(({ origin }) => origin === 'raw')
        .sort((a, b) => a.name.localeCompare(b.name));
      return html`<section class="stack" aria-label=${_('Streams')}>
        <div class="row wrap"><p class="settings-about">${_('Cameras, microphones and other senders. Every room can use them.')}</p>
          <button class="button main" ?disabled=${open === ''} @click=${() => show('')}>${icon('plus')}${_('Add a stream')}</button></div>
        ${open === '' ? streamForm({ stream: null, devices, problem,
          onSave: (event) => save(event, null), onCancel: () => show(null) }) : ''}
        ${status === 'open' && raw.length === 0 ? html`<p class="notice">${_('No stream is there yet.')}</p>` : ''}
        <ul class="list">${repeat(raw, ({ slug, name }) => slug ?? name, (stream) => html`<li>${item(stream)}</li>`)}</ul>
      </section>`;
    },
  };
}

// SPDX-License-Identifier: LGPL-2.1-or-later
// The row of sources, in the order that all operators share.
import { html } from '../vendor/lit-html.js';
import { repeat } from '../vendor/directives/repeat.js';
import { _, fill } from '../lib/i18n.js';
import { orderedStreams, otherStreams } from '../lib/room.js';
import { icon } from './icons.js';
import { sourceTile } from './source-tile.js';
import { say } from './toast.js';

/**
 * @param {{link: import('../lib/room-link.js').RoomLink, mixer: import('../lib/mixer.js').Mixer,
 *   update: () => void}} options
 */
export function createSources({ link, mixer, update }) {
  let arranging = false;
  /** @type {string | null} */
  let dragged = null;

  const names = () => orderedStreams(link.room).map(({ name }) => name);

  /** @param {string[]} order */
  const write = (order) => link.socket.send('layout', order)
    .catch((error) => say(update, error.message, { bad: true }));

  /** @param {string} name @param {number} by */
  function move(name, by) {
    const order = names();
    const from = order.indexOf(name);
    const to = Math.min(order.length - 1, Math.max(0, from + by));
    order.splice(to, 0, ...order.splice(from, 1));
    write(order);
  }

  /** @param {string} name @param {string} before */
  function drop(name, before) {
    const order = names().filter((other) => other !== name);
    order.splice(order.indexOf(before), 0, name);
    write(order);
  }

  /** @param {string} name */
  const dragging = (name) => ({
    start: () => { dragged = name; },
    over: (/** @type {DragEvent} */ event) => {
      if (dragged && dragged !== name) event.preventDefault();
    },
    drop: (/** @type {DragEvent} */ event) => {
      event.preventDefault();
      if (dragged && dragged !== name) drop(dragged, name);
      dragged = null;
    },
  });

  /** @param {{cut: boolean, audio: boolean}} grants */
  function template(grants) {
    const streams = orderedStreams(link.room);
    const others = otherStreams(link.room);
    return html`
      <div class="row sources-head"><h2 class="grow label">${_('Sources')}</h2>
        ${grants.cut ? html`<button class="button tight" aria-pressed=${arranging}
          @click=${toggleArrange}>${_('Arrange')}</button>` : ''}</div>
      ${link.room.known && streams.length === 0
        ? html`<p class="notice">${_('No stream is there yet.')}
          <a href="/settings/streams">${_('Add a camera or an address')}</a></p>` : ''}
      <ol class="sources">${repeat(streams, ({ name }) => name, (stream, index) => html`<li>
        ${sourceTile({
          stream, index, link, mixer, grants, arranging,
          drag: dragging(stream.name),
          onMove: (by) => move(stream.name, by),
          onHide: () => write(names().filter((name) => name !== stream.name)),
        })}</li>`)}</ol>
      ${arranging && others.length ? html`<div class="row wrap small">
        <span class="soft">${_('Not shown:')}</span>
        ${others.map(({ name }) => html`<button class="button tight"
          title=${fill(_('Show {name}'), { name })}
          @click=${() => write([...names(), name])}>${icon('plus')}${name}</button>`)}</div>` : ''}`;
  }

  function toggleArrange() {
    arranging = !arranging;
    update();
  }

  return { template, toggleArrange };
}

// SPDX-License-Identifier: LGPL-2.1-or-later
// The row of sources, in the order that all operators share.
import { html } from '../vendor/lit-html.js';
import { repeat } from '../vendor/directives/repeat.js';
import { _, fill } from '../lib/i18n.js';
import { hasPicture, orderedStreams, otherStreams } from '../lib/room.js';
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
  /** @type {string | null} */
  let over = null;

  const names = () => orderedStreams(link.room).map(({ name }) => name);

  /** @param {string[]} order */
  const write = (order) => link.socket.send('layout', order)
    .catch((error) => say(update, error.message, { bad: true }));

  /** @param {string} name @param {number} by */
  async function move(name, by) {
    const order = names();
    const from = order.indexOf(name);
    const to = Math.min(order.length - 1, Math.max(0, from + by));
    if (to === from) return;
    order.splice(to, 0, ...order.splice(from, 1));
    const button = document.activeElement;
    await write(order);
    // A tile that was moved in the page has lost the focus: give it back, so that
    // the same key moves it on.
    requestAnimationFrame(() => requestAnimationFrame(() => {
      if (button instanceof HTMLElement && document.activeElement === document.body) button.focus();
    }));
  }

  /** It takes the place of the one that it was dropped on.
   * @param {string} name @param {string} target */
  function drop(name, target) {
    const order = names();
    const to = order.indexOf(target);
    order.splice(to, 0, ...order.splice(order.indexOf(name), 1));
    write(order);
  }

  /** @param {string} name */
  const dragging = (name) => ({
    state: dragged === name ? 'dragged' : dragged && over === name ? 'over' : '',
    start: (/** @type {DragEvent} */ event) => {
      event.dataTransfer?.setData('text/plain', name);
      dragged = name;
      update();
    },
    over: (/** @type {DragEvent} */ event) => {
      if (!dragged || dragged === name) return;
      event.preventDefault();
      if (over === name) return;
      over = name;
      update();
    },
    drop: (/** @type {DragEvent} */ event) => {
      event.preventDefault();
      if (dragged && dragged !== name) drop(dragged, name);
    },
    end: () => {
      dragged = over = null;
      update();
    },
  });

  /** @param {{cut: boolean, audio: boolean}} grants */
  function template(grants) {
    const streams = orderedStreams(link.room);
    const others = otherStreams(link.room);
    const pictures = streams.filter(hasPicture);
    return html`
      <div class="row sources-head"><h2 class="grow label">${_('Sources')}</h2>
        ${grants.cut ? html`<button class="button tight" aria-pressed=${arranging}
          @click=${toggleArrange}>${_('Arrange')}</button>` : ''}</div>
      ${link.room.known && streams.length === 0
        ? html`<p class="notice">${_('No stream is there yet.')}
          <a href="/settings/streams">${_('Add a camera or an address')}</a></p>` : ''}
      <ol class="sources">${repeat(streams, ({ name }) => name, (stream) => html`<li>
        ${sourceTile({
          stream, number: pictures.indexOf(stream) + 1, link, mixer, grants, arranging,
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

// SPDX-License-Identifier: LGPL-2.1-or-later
import { html } from '../vendor/lit-html.js';
import { _, fill } from '../lib/i18n.js';
import { icon } from './icons.js';

/**
 * @param {{stream: import('../lib/room.js').Stream | null,
 *   devices: import('./settings-streams.js').Device[] | null, problem: string,
 *   onSave: (event: SubmitEvent) => void, onCancel: () => void}} options
 */
export function streamForm({ stream, devices, problem, onSave, onCancel }) {
  /** A device fills the address and, where it is empty, the name.
   * @param {Event} event @param {import('./settings-streams.js').Device} device */
  function use(event, device) {
    const form = /** @type {HTMLElement} */ (event.target).closest('form');
    const uri = /** @type {HTMLInputElement} */ (form?.elements.namedItem('uri'));
    const name = /** @type {HTMLInputElement} */ (form?.elements.namedItem('name'));
    uri.value = device.uri;
    if (!name.value) name.value = device.name;
    name.focus();
  }

  const type = stream?.type ?? '';
  return html`<form class="card card-body stack" @submit=${onSave}>
    <h2 class="item-name">${stream ? fill(_('Change {name}'), { name: stream.name }) : _('New stream')}</h2>
    ${problem ? html`<p class="notice bad" role="alert">${problem}</p>` : ''}
    <div class="field"><span>${_('Found at this machine')}</span>
      <div class="row wrap">${devices === null ? html`<span class="small soft">${_('Looking …')}</span>`
        : devices.length === 0 ? html`<span class="small soft">${_('No camera and no microphone was found.')}</span>`
        : devices.map((device) => html`<button type="button" class="button"
          @click=${(/** @type {Event} */ event) => use(event, device)}>
          ${icon(device.kind === 'audio' ? 'sound' : 'image')}${device.name}</button>`)}</div></div>
    <div class="form-grid">
      <label class="field"><span>${_('Name')}</span>
        <input class="input" name="name" required maxlength="64" autocomplete="off" .value=${stream?.name ?? ''}></label>
      <label class="field"><span>${_('Kind')}</span>
        <select class="input" name="type">
          <option value="" ?selected=${!type}>${_('Find out')}</option>
          <option value="av" ?selected=${type === 'av'}>${_('Picture and sound')}</option>
          <option value="video" ?selected=${type === 'video'}>${_('Picture')}</option>
          <option value="audio" ?selected=${type === 'audio'}>${_('Sound')}</option>
        </select></label>
    </div>
    <label class="field"><span>${_('Address')}</span>
      <input class="input" name="uri" required maxlength="2048" autocomplete="off" spellcheck="false"
        placeholder="rtsp://10.0.0.5/stream" .value=${stream?.uri ?? ''}>
      <span class="hint small">${_('For example:')} <code>rtsp://…</code> <code>srt://…</code> <code>rtmp://…</code>
        <code>http://…</code> <code>udp://…</code> <code>v4l2:///dev/video0</code> <code>alsa:…</code> <code>test:ball</code></span></label>
    <label class="field narrow"><span>${_('Buffer in milliseconds')} <span class="hint">${_('(for senders on a network)')}</span></span>
      <input class="input" name="latency" inputmode="numeric" pattern="[0-9]*" maxlength="5"
        .value=${stream?.options?.latency ?? ''}></label>
    <div class="row wrap"><button class="button main">${stream ? _('Save and test') : _('Add and test')}</button>
      <button type="button" class="button" @click=${onCancel}>${_('Cancel')}</button></div>
  </form>`;
}

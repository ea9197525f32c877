// SPDX-License-Identifier: LGPL-2.1-or-later
// Notes of the operators, each with the time of the picture that it is about.
import { html } from '../vendor/lit-html.js';
import { repeat } from '../vendor/directives/repeat.js';
import { clockSeconds, timeOfDay } from '../lib/format.js';
import { _, fill } from '../lib/i18n.js';
import { icon } from './icons.js';
import { say } from './toast.js';

/** @typedef {import('../lib/room.js').Note} Note */

/** @param {{link: import('../lib/room-link.js').RoomLink, update: () => void}} options */
export function createNotes({ link, update }) {
  /** When the first letter was typed: the picture that the note is about. @type {Date | null} */
  let since = null;
  /** @type {number | null} */
  let editing = null;

  /** @param {object} note */
  const write = (note) => link.socket.send('notes', note).then(() => true, (error) => {
    say(update, error.message, { bad: true });
    return false;
  });

  /** @param {SubmitEvent} event */
  async function add(event) {
    event.preventDefault();
    const input = /** @type {HTMLTextAreaElement} */ (
      /** @type {HTMLFormElement} */ (event.target).elements.namedItem('text'));
    const text = input.value.trim();
    if (!text) return;
    if (await write({ text, time: link.secondsOfDay(since ?? link.now()) })) {
      input.value = '';
      since = null;
      update();
    }
  }

  /** @param {Event} event */
  function onInput(event) {
    const { value } = /** @type {HTMLTextAreaElement} */ (event.target);
    if (value && !since) since = link.now();
    if (!value) since = null;
    update();
  }

  /** Enter sends, Shift and Enter makes a new line. @param {KeyboardEvent} event */
  function onKey(event) {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    /** @type {HTMLTextAreaElement} */ (event.target).form?.requestSubmit();
  }

  /** @param {SubmitEvent} event @param {Note} note */
  async function change(event, note) {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    const text = /** @type {HTMLTextAreaElement} */ (form.elements.namedItem('text')).value.trim();
    if (text && await write({ id: note.id, text })) {
      editing = null;
      update();
    }
  }

  /** @param {Note} note */
  const when = (note) => note.utc ? clockSeconds(note.utc) : timeOfDay(note.time);

  /** @param {Note} note @param {boolean} mayWrite */
  function item(note, mayWrite) {
    if (editing === note.id) {
      return html`<form class="stack tight" @submit=${(/** @type {SubmitEvent} */ event) => change(event, note)}>
        <textarea class="input tight" name="text" aria-label=${_('Text of the note')} maxlength="4000"
          @keydown=${onKey} .value=${note.text}></textarea>
        <div class="row"><button class="button main tight">${_('Save')}</button>
          <button type="button" class="button tight" @click=${() => { editing = null; update(); }}>${_('Cancel')}</button>
        </div></form>`;
    }
    return html`<p class="row small soft"><time>${when(note)}</time>
        <span class="grow truncate">${note.author ?? ''}</span>
        ${mayWrite ? html`
          <button class="button quiet icon tight" @click=${() => { editing = note.id; update(); }}
            aria-label=${fill(_('Change the note of {time}'), { time: when(note) })}>${icon('edit')}</button>
          <button class="button quiet icon tight" @click=${() => write({ id: note.id, deleted: true })}
            aria-label=${fill(_('Remove the note of {time}'), { time: when(note) })}>${icon('bin')}</button>` : ''}</p>
      <p class="note-text">${note.text}</p>`;
  }

  /** @param {boolean} mayWrite */
  function template(mayWrite) {
    const notes = [...link.room.notes].sort((a, b) => b.time - a.time || b.id - a.id);
    return html`
      ${mayWrite ? html`<form class="stack tight" @submit=${add}>
        <textarea class="input tight" name="text" id="note-text" rows="2" maxlength="4000"
          ?disabled=${!link.ready} @input=${onInput} @keydown=${onKey}
          aria-label=${_('New note')} placeholder=${_('Note about this moment …')}></textarea>
        <div class="row small"><span class="grow soft">${since
          ? fill(_('about the picture of {time}'), { time: clockSeconds(since) }) : ''}</span>
          <button class="button main tight" ?disabled=${!link.ready || !since}>${_('Add note')}</button></div>
      </form>` : ''}
      ${notes.length === 0 ? html`<p class="soft small">${_('No notes yet.')}</p>` : ''}
      <ol class="notes">${repeat(notes, ({ id }) => id, (note) => html`<li>${item(note, mayWrite)}</li>`)}</ol>`;
  }

  return { template, focus: () => document.getElementById('note-text')?.focus() };
}

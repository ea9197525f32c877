// SPDX-License-Identifier: LGPL-2.1-or-later
// The talks of today, for those who may plan them: add, change, remove.
import { html } from '../vendor/lit-html.js';
import { repeat } from '../vendor/directives/repeat.js';
import { post, remove } from '../lib/api.js';
import { timeOfDay } from '../lib/format.js';
import { fieldsOf } from '../lib/form.js';
import { _, fill } from '../lib/i18n.js';
import { clockField, dayOf, findNow, secondsOf, speakersOf, talkKey, talksOfDay } from '../lib/talks.js';
import { confirm } from './confirm.js';
import { icon } from './icons.js';
import { say } from './toast.js';
import { talkLines } from './talks.js';

/** @typedef {import('../lib/room.js').Talk} Talk */

/** @param {{link: import('../lib/room-link.js').RoomLink, update: () => void}} options */
export function createTalkEditor({ link, update }) {
  /** The talk-id that is changed, "" = a new one. @type {string | null} */
  let open = null;
  let problem = '';

  /** @param {string | null} id */
  function show(id) {
    open = id;
    problem = '';
    update();
    if (id !== null) requestAnimationFrame(() => document.getElementById('talk-title')?.focus());
  }

  /** @param {SubmitEvent} event @param {Talk | null} old */
  async function save(event, old) {
    event.preventDefault();
    const { title, presenters, begin, end } = fieldsOf(event);
    const from = secondsOf(begin);
    const to = secondsOf(end);
    try {
      if (from !== null && to !== null && to <= from) throw new Error(_('It ends before it begins.'));
      await post(`${link.path}/talks`, {
        ...old, 'talk-id': old?.['talk-id'] ?? `t${Date.now().toString(36)}`,
        'talk-date': old?.['talk-date'] || dayOf(link.now()),
        'talk-begin': from, 'talk-end': to, title, presenters,
      });
      show(null);
    } catch (error) {
      problem = /** @type {Error} */ (error).message;
      update();
    }
  }

  /** @param {Talk} talk */
  async function drop(talk) {
    const key = talkKey(link.room.talks, talk);
    if (!key || !await confirm({
      title: fill(_('Remove {name}?'), { name: talk.title || talk['talk-id'] }),
      text: _('It disappears from the plan of this room.'), action: _('Remove'),
    })) return;
    await remove(`${link.path}/talks/${encodeURIComponent(key)}`)
      .catch((error) => say(update, error.message, { bad: true }));
  }

  /** @param {Talk | null} talk */
  const form = (talk) => html`<form class="stack talk-form" aria-label=${talk ? _('Change the talk') : _('New talk')}
    @submit=${(/** @type {SubmitEvent} */ event) => save(event, talk)}>
    ${problem ? html`<p class="notice bad small" role="alert">${problem}</p>` : ''}
    <label class="field"><span>${_('Title')}</span>
      <input class="input tight" id="talk-title" name="title" required maxlength="300" .value=${talk?.title ?? ''}></label>
    <label class="field"><span>${_('Who speaks')}</span>
      <input class="input tight" name="presenters" maxlength="300" .value=${talk ? speakersOf(talk) : ''}></label>
    <div class="row"><label class="field grow"><span>${_('Begins')}</span>
        <input class="input tight" name="begin" type="time" required .value=${clockField(talk?.['talk-begin'])}></label>
      <label class="field grow"><span>${_('Ends')}</span>
        <input class="input tight" name="end" type="time" .value=${clockField(talk?.['talk-end'])}></label></div>
    <div class="row"><button class="button main tight">${_('Save')}</button>
      <button type="button" class="button tight" @click=${() => show(null)}>${_('Cancel')}</button></div></form>`;

  /** @param {Talk} talk @param {boolean} isNow */
  function item(talk, isNow) {
    if (open === talk['talk-id']) return form(talk);
    const name = talk.title || timeOfDay(secondsOf(talk['talk-begin']) ?? 0);
    return html`<div class="row talk-row"><div class="grow">${talkLines(talk, isNow)}</div>
      <button class="button quiet icon tight" @click=${() => show(talk['talk-id'])}
        aria-label=${fill(_('Change {name}'), { name })}>${icon('edit')}</button>
      <button class="button quiet icon tight" @click=${() => drop(talk)}
        aria-label=${fill(_('Remove {name}'), { name })}>${icon('bin')}</button></div>`;
  }

  return {
    template() {
      const at = link.now();
      const { now } = findNow(link.room.talks, at);
      const list = talksOfDay(link.room.talks, at);
      return html`
        ${open === '' ? form(null) : html`<button class="button tight" ?disabled=${!link.ready}
          @click=${() => show('')}>${icon('plus')}${_('Add a talk')}</button>`}
        ${list.length ? '' : html`<p class="soft small">${_('No talks are planned for today.')}</p>`}
        <ol class="talk-list">${repeat(list, (talk) => talk['talk-id'], (talk) => html`<li
          class=${talk === now ? 'now' : ''} aria-current=${talk === now ? 'time' : 'false'}>${item(talk, talk === now)}</li>`)}</ol>`;
    },
  };
}

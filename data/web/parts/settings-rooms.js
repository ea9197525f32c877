// SPDX-License-Identifier: LGPL-2.1-or-later
import { html } from '../vendor/lit-html.js';
import { repeat } from '../vendor/directives/repeat.js';
import { get, post, put, remove } from '../lib/api.js';
import { fieldsOf, valuesOf } from '../lib/form.js';
import { _, fill } from '../lib/i18n.js';
import { confirm } from './confirm.js';
import { icon } from './icons.js';
import { say } from './toast.js';

/**
 * @typedef {{name: string, url_name: string, streams?: string[], public?: boolean}} Room
 * @param {{update: () => void}} options
 */
export function createRoomSettings({ update }) {
  /** @type {Room[] | null} */
  let rooms = null;
  /** @type {string[]} */
  let streams = [];
  /** url_name of the room that is changed, "" = a new one. @type {string | null} */
  let open = null;
  let problem = '';

  async function load() {
    try {
      const [list, all] = await Promise.all([get('/rooms'), get('/streams')]);
      rooms = Object.values(list);
      streams = Object.values(all).filter(({ origin }) => origin === 'raw').map(({ name }) => name).sort();
      problem = '';
    } catch (error) {
      problem = /** @type {Error} */ (error).message;
    }
    update();
  }

  /** @param {SubmitEvent} event @param {Room | null} old */
  async function save(event, old) {
    event.preventDefault();
    const { name, url_name, all } = fieldsOf(event);
    const body = {
      name, ...(url_name ? { url_name } : {}),
      streams: all === 'yes' ? [] : valuesOf(event, 'streams'),
      public: valuesOf(event, 'public').length > 0,
    };
    try {
      if (old) await put(`/rooms/${old.url_name}`, body);
      else await post('/rooms', body);
      open = null;
      await load();
    } catch (error) {
      problem = /** @type {Error} */ (error).message;
      update();
    }
  }

  /** @param {Room} room */
  async function drop(room) {
    const sure = await confirm({
      title: fill(_('Remove {name}?'), { name: room.name }),
      text: _('Its viewers lose the picture, and its notes and talks are gone.'), action: _('Remove'),
    });
    if (!sure) return;
    await remove(`/rooms/${room.url_name}`)
      .catch((error) => say(update, error.message, { bad: true }));
    load();
  }

  /** @param {string | null} urlName */
  function show(urlName) {
    open = urlName;
    problem = '';
    update();
  }

  /** @param {Room | null} room */
  function form(room) {
    const chosen = room?.streams ?? [];
    return html`<form class="card card-body stack" @submit=${(/** @type {SubmitEvent} */ event) => save(event, room)}>
      <h2 class="item-name">${room ? fill(_('Change {name}'), { name: room.name }) : _('New room')}</h2>
      ${problem ? html`<p class="notice bad" role="alert">${problem}</p>` : ''}
      <div class="form-grid">
        <label class="field"><span>${_('Name')}</span>
          <input class="input" name="name" required maxlength="64" autocomplete="off" .value=${room?.name ?? ''}></label>
        <label class="field"><span>${_('Word in its address')} <span class="hint">${_('(made from the name when empty)')}</span></span>
          <input class="input" name="url_name" maxlength="48" pattern="[a-z0-9\\-]*" autocomplete="off"
            spellcheck="false" .value=${room?.url_name ?? ''}></label>
      </div>
      <fieldset class="plain-set stack tight"><legend class="strong small">${_('Streams that it may use')}</legend>
        <label class="check"><input type="radio" name="all" value="yes" .checked=${chosen.length === 0}>${_('All of them')}</label>
        <label class="check"><input type="radio" name="all" value="no" .checked=${chosen.length > 0}>${_('Only these:')}</label>
        <div class="row wrap check-list">${streams.map((name) => html`<label class="check">
          <input type="checkbox" name="streams" value=${name} .checked=${chosen.includes(name)}>${name}</label>`)}</div>
      </fieldset>
      <label class="check"><input type="checkbox" name="public" .checked=${room?.public ?? false}>
        ${_('Everybody may watch it without an account')}</label>
      <div class="row wrap"><button class="button main">${room ? _('Save') : _('Add the room')}</button>
        <button type="button" class="button" @click=${() => show(null)}>${_('Cancel')}</button></div>
    </form>`;
  }

  /** @param {Room} room */
  const item = (room) => open === room.url_name ? form(room) : html`<div class="row wrap list-row">
    <div class="grow list-words"><h2 class="item-name truncate">${room.name}</h2>
      <p class="small soft truncate">/mix/${room.url_name}</p></div>
    ${room.public ? html`<span class="badge">${_('Open to everybody')}</span>` : ''}
    <a class="button" href="/mix/${room.url_name}">${icon('faders')}${_('Mix')}</a>
    <button class="button icon" aria-label=${fill(_('Change {name}'), { name: room.name })}
      @click=${() => show(room.url_name)}>${icon('edit')}</button>
    <button class="button icon" aria-label=${fill(_('Remove {name}'), { name: room.name })}
      @click=${() => drop(room)}>${icon('bin')}</button></div>`;

  load();
  return {
    template: () => html`<section class="stack" aria-label=${_('Rooms')}>
      <div class="row wrap"><p class="settings-about">${_('Each room has a mixer, an output, notes and talks of its own.')}</p>
        <button class="button main" ?disabled=${open === ''} @click=${() => show('')}>${icon('plus')}${_('Add a room')}</button></div>
      ${problem && open === null ? html`<p class="notice bad" role="alert">${problem}</p>` : ''}
      ${open === '' ? form(null) : ''}
      ${rooms?.length === 0 ? html`<p class="notice">${_('There is no room yet.')}</p>` : ''}
      <ul class="list">${repeat(rooms ?? [], ({ url_name }) => url_name, (room) => html`<li>${item(room)}</li>`)}</ul>
    </section>`,
  };
}

// SPDX-License-Identifier: LGPL-2.1-or-later
// A party: some people watch one video in step.
import { html } from '../vendor/lit-html.js';
import { io } from '../vendor/socket.io.esm.min.js';
import { get, request } from '../lib/api.js';
import { fieldsOf } from '../lib/form.js';
import { _ } from '../lib/i18n.js';
import { Party } from '../lib/party.js';
import { mediaPath } from '../lib/room.js';
import { navigate } from '../lib/router.js';
import { createPartyRoom } from '../parts/party-room.js';

/** @param {import('../app.js').Context} context @returns {import('../app.js').View} */
export function create({ session, route, update }) {
  const roomname = route.query.get('roomname') ?? '';
  /** @type {Party | null} */
  let party = null;
  /** @type {ReturnType<typeof createPartyRoom> | null} */
  let room = null;
  let problem = '';
  let name = session?.username ?? '';
  /** @type {{name: string, url: string}[]} */
  let choices = [];

  if (roomname) {
    get(`/room/${encodeURIComponent(roomname)}`).catch((error) => {
      problem = error.status === 404 ? _('This party does not exist any more.') : error.message;
      update();
    });
  } else {
    get('/streams').then((streams) => {
      choices = Object.values(streams).filter(({ origin }) => origin === 'mixed')
        .map(({ name, stream_url }) => ({ name, url: location.origin + mediaPath(stream_url) }));
      update();
    }, () => {});
  }

  /** @param {SubmitEvent} event */
  async function found(event) {
    event.preventDefault();
    const { password, video } = fieldsOf(event);
    try {
      const made = await request('PUT', '/api/createroom/',
        { json: { roomPassword: password, ...(video ? { videoUrl: video } : {}) } });
      navigate(`/room/?roomname=${encodeURIComponent(made.roomname)}`);
    } catch (error) {
      problem = /** @type {Error} */ (error).message;
      update();
    }
  }

  /** @param {SubmitEvent} event */
  function join(event) {
    event.preventDefault();
    const { password, username } = fieldsOf(event);
    problem = '';
    name = username;
    party?.stop();
    party = new Party({ roomname, roompass: password, username }, () => {
      if (party?.state === 'refused') {
        party.stop();
        party = null;
        problem = _('The password is wrong, or the party is over.');
      }
      update();
    }, () => room?.shownTime() ?? 0);
    room = createPartyRoom({ party, roomname, update });
    party.start(/** @type {any} */ (io({ transports: ['websocket', 'polling'] })));
    update();
  }

  const problemPart = () => problem ? html`<p class="notice bad" role="alert">${problem}</p>` : '';

  const joinForm = () => html`<form class="signin stack" @submit=${join}>
    <h1>${_('Join the party')}</h1>${problemPart()}
    <label class="field"><span>${_('Your name')}</span>
      <input class="input" name="username" maxlength="16" required autocomplete="nickname"
        .value=${name}></label>
    <label class="field"><span>${_('Password of the party')}</span>
      <input class="input" name="password" type="password" required autocomplete="off"></label>
    <button class="button main">${_('Join')}</button></form>`;

  const foundForm = () => html`<form class="signin stack" @submit=${found}>
    <h1>${_('Watch together')}</h1>${problemPart()}
    <p class="soft">${_('Everybody who knows the password sees the same picture at the same time.')}</p>
    <label class="field"><span>${_('Password of the party')}</span>
      <input class="input" name="password" type="password" required autocomplete="new-password"></label>
    <label class="field"><span>${_('Video')} <span class="hint">${_('(can be chosen later)')}</span></span>
      <input class="input" name="video" type="url" list="party-videos" placeholder="https://…"></label>
    <datalist id="party-videos">${choices.map(({ name, url }) => html`<option value=${url}>${name}</option>`)}</datalist>
    <button class="button main">${_('Start a party')}</button></form>`;

  return {
    title: () => _('Watch together'),
    wide: true,
    status: () => party?.state === 'lost' ? 'lost' : 'open',
    leave: () => {
      room?.leave();
      party?.stop();
    },
    template: () => !roomname ? foundForm()
      : party && party.state !== 'joining' && room ? room.template()
      : party ? html`<p class="soft" role="status">${_('Joining …')}</p>`
      : joinForm(),
  };
}

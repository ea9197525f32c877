// SPDX-License-Identifier: LGPL-2.1-or-later
// A party: some people watch one video in step.
import { html } from '../vendor/lit-html.js';
import { io } from '../vendor/socket.io.esm.min.js';
import { get, request } from '../lib/api.js';
import { fieldsOf } from '../lib/form.js';
import { _ } from '../lib/i18n.js';
import { Party } from '../lib/party.js';
import { mediaPath, outputOf } from '../lib/room.js';
import { navigate } from '../lib/router.js';
import { createPartyRoom } from '../parts/party-room.js';

/** What the list of pictures says for an address that is typed. */
const OTHER = 'other';

/** @param {import('../app.js').Context} context @returns {import('../app.js').View} */
export function create({ session, route, update }) {
  const roomname = route.query.get('roomname') ?? '';
  /** @type {Party | null} */
  let party = null;
  /** @type {ReturnType<typeof createPartyRoom> | null} */
  let room = null;
  let problem = '';
  let name = session?.username ?? '';
  /** @type {{name: string, url: string, room: string}[]} */
  let choices = [];
  let elsewhere = false;
  let gone = false;

  if (roomname) {
    get(`/room/${encodeURIComponent(roomname)}`).catch((error) => {
      gone = error.status === 404;
      problem = gone ? '' : error.message;
      update();
    });
  }
  if (session) {
    Promise.all([get('/rooms'), get('/streams')]).then(([rooms, streams]) => {
      choices = Object.values(rooms).flatMap((room) => {
        const path = mediaPath(outputOf(streams, room)?.stream_url);
        return path ? [{ name: room.name, url: location.origin + path, room: room.url_name }] : [];
      });
      update();
    }, () => {});
  }

  /** @param {SubmitEvent} event */
  async function found(event) {
    event.preventDefault();
    const { password, choice, video: typed } = fieldsOf(event);
    const video = choice === OTHER ? typed : choice;
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
    room = createPartyRoom({ party, roomname, choices: () => choices, update });
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

  /** Which picture: a room's, another address, or none yet. */
  function videoFields() {
    const wanted = route.query.get('video') ?? '';
    return html`<label class="field"><span>${_('Picture')}</span>
      <select class="input" name="choice" @change=${(/** @type {Event} */ event) => {
        elsewhere = /** @type {HTMLSelectElement} */ (event.target).value === OTHER;
        update();
      }}>
        <option value="">${_('Choose it later')}</option>
        ${choices.map(({ name, url, room }) => html`<option value=${url} ?selected=${room === wanted}>${name}</option>`)}
        <option value=${OTHER}>${_('Another address …')}</option></select></label>
    ${elsewhere ? html`<label class="field"><span>${_('Address of the video')}</span>
      <input class="input" name="video" type="url" required placeholder="https://…"></label>` : ''}`;
  }

  const foundForm = () => html`<form class="signin stack" @submit=${found}>
    <h1>${_('Watch together')}</h1>${problemPart()}
    <p class="soft">${_('Everybody who knows the password sees the same picture at the same time.')}</p>
    ${videoFields()}
    <label class="field"><span>${_('Password of the party')} <span class="hint">${_('(make one up and tell your friends)')}</span></span>
      <input class="input" name="password" type="password" required autocomplete="new-password"></label>
    <button class="button main">${_('Start a party')}</button></form>`;

  const goneNotice = () => html`<div class="signin stack">
    <h1>${_('Watch together')}</h1>
    <p class="notice bad" role="alert">${_('This party does not exist any more.')}</p>
    <a class="button main" href="/room/">${_('Start a party')}</a></div>`;

  return {
    title: () => _('Watch together'),
    wide: true,
    status: () => party?.state === 'lost' ? 'lost' : 'open',
    leave: () => {
      room?.leave();
      party?.stop();
    },
    template: () => !roomname ? foundForm() : gone ? goneNotice()
      : party && party.state !== 'joining' && room ? room.template()
      : party ? html`<p class="soft" role="status">${_('Joining …')}</p>`
      : joinForm(),
  };
}

// SPDX-License-Identifier: LGPL-2.1-or-later
// The operators' page of one room.
import { html } from '../vendor/lit-html.js';
import { get } from '../lib/api.js';
import { _, fill } from '../lib/i18n.js';
import { commandOf } from '../lib/keys.js';
import { Mixer } from '../lib/mixer.js';
import { hasPicture, mediaPath, orderedStreams, outputOf } from '../lib/room.js';
import { RoomLink } from '../lib/room-link.js';
import { CORNERS, sceneOf } from '../lib/scene.js';
import { may } from '../lib/session.js';
import { keysHelp } from '../parts/keys-help.js';
import { masterStrip } from '../parts/master.js';
import { mixerBar } from '../parts/mixer-bar.js';
import { createSide } from '../parts/side.js';
import { sceneButtons } from '../parts/scenes.js';
import { screens } from '../parts/screens.js';
import { createSources } from '../parts/sources.js';
import { takeBar } from '../parts/take-bar.js';
import { say } from '../parts/toast.js';

const KEYS_OFF = 'dais.keys-off';

/** @param {import('../app.js').Context} context @returns {import('../app.js').View} */
export function create({ session, route, update, draw }) {
  const name = route.params.room;
  const link = new RoomLink(name, update, ['levels', 'presence', 'log']);
  const mixer = new Mixer(link, update, (error) => say(update, error.message, { bad: true }));
  const sources = createSources({ link, mixer, update });
  const side = createSide({ link, session, update, draw });
  /** @type {import('./rooms.js').RoomEntry | null} */
  let entry = null;
  let keysOn = localStorage.getItem(KEYS_OFF) === null;

  const withPicture = () => orderedStreams(link.room).filter(hasPicture);
  const allNames = () => withPicture().map((stream) => stream.name);

  /** @type {Record<string, (index: number) => void>} */
  const actions = {
    main: (index) => choose(index, 'main'),
    second: (index) => choose(index, 'second'),
    take: () => mixer.take(),
    blank: () => mixer.blank(),
    undo: () => mixer.undo(),
    full: () => mixer.chooseScene('full', allNames()),
    pip: () => mixer.chooseScene('pip', allNames(), nextCorner()),
    'side-by-side': () => mixer.chooseScene('side-by-side', allNames()),
    lecture: () => mixer.chooseScene('lecture', allNames()),
    grid: () => mixer.chooseScene('grid', allNames()),
    cut: () => setKind('cut'),
    fade: () => setKind('fade'),
    mode: () => mixer.setMode(mixer.mode === 'direct' ? 'preset' : 'direct'),
    mute: () => toggleListen(),
    note: () => side.focusNote(),
    arrange: () => sources.toggleArrange(),
    clear: () => { mixer.next = null; update(); },
    help: () => openHelp(),
  };

  /** @param {number} index @param {'main' | 'second'} where */
  function choose(index, where) {
    const stream = withPicture()[index];
    if (stream) mixer.choose(stream.name, where);
  }

  /** @param {'cut' | 'fade'} kind */
  function setKind(kind) {
    mixer.transition = { ...mixer.transition, kind };
    update();
  }

  /** Pressing P again walks round the corners. */
  function nextCorner() {
    const { edited } = mixer;
    if (sceneOf(edited) !== 'pip') return edited.pip_corner;
    return CORNERS[(CORNERS.indexOf(edited.pip_corner ?? 'bottom-right') + 1) % CORNERS.length];
  }

  function toggleListen() {
    const player = document.querySelector('.screen.program dais-player');
    player?.toggleAttribute('muted');
    update();
  }

  function openHelp() {
    const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById('keys-help'));
    if (dialog?.open) dialog.close();
    else dialog?.showModal();
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const inDialog = document.querySelector('dialog[open]') !== null;
    const typing = target.matches('input:not([type=range]):not([type=checkbox]), textarea, select');
    const onControl = target.matches('button, a, summary, input') && target.matches(':focus-visible');
    if (inDialog && event.key !== '?') return;
    const command = commandOf(event, { typing, onControl });
    if (!command || (!keysOn && command.action !== 'help')) return;
    // An arrow on a fader is the fader's; a letter on it is ours.
    event.preventDefault();
    actions[command.action]?.(command.index ?? 0);
  }

  /** A click of the mouse leaves no focus behind, so that Space stays "blank".
   * @param {MouseEvent} event */
  function onClick(event) {
    const button = /** @type {Element} */ (event.target).closest?.('main button');
    if (event.detail > 0 && button instanceof HTMLElement) button.blur();
  }

  const onVisible = () => link.setQuiet(document.hidden);
  document.addEventListener('keydown', onKey);
  document.addEventListener('click', onClick);
  document.addEventListener('visibilitychange', onVisible);
  const clock = setInterval(update, 1000);
  link.start();
  get('/rooms').then((rooms) => {
    entry = Object.values(rooms).find((room) => room.url_name === name) ?? null;
    update();
  }, () => {});

  /** @param {boolean} on */
  function setKeys(on) {
    keysOn = on;
    if (on) localStorage.removeItem(KEYS_OFF);
    else localStorage.setItem(KEYS_OFF, '1');
    update();
  }

  const roomName = () => link.room.config?.room ?? entry?.name ?? name;

  function template() {
    if (link.status === 'denied') {
      return html`<p class="notice bad">${
        fill(_('The room {room} does not exist, or you may not see it.'), { room: name })}
        <a href="/">${_('All rooms')}</a></p>`;
    }
    const { room } = link;
    const output = outputOf(room.streams, entry ?? { output_stream: `${roomName()} - Output` });
    return html`<div class="mixer ${link.ready ? '' : 'locked'}">
      <h1 class="unseen">${fill(_('Mixer of {room}'), { room: roomName() })}</h1>
      <section class="mixer-screens" aria-label=${_('Pictures')}>
        ${screens({ link, mixer, src: mediaPath(output?.stream_url), onListen: toggleListen })}
      </section>
      <fieldset class="mixer-controls" ?disabled=${!link.ready || !may(session, 'cut', name)}>
        <legend class="unseen">${_('Picture')}</legend>
        ${takeBar({ mixer, update })}
        ${sceneButtons({ mixer, names: allNames() })}
      </fieldset>
      <fieldset class="mixer-sources" ?disabled=${!link.ready}>
        <legend class="unseen">${_('Sources')}</legend>
        ${sources.template({
          cut: may(session, 'cut', name), audio: may(session, 'audio', name) })}
      </fieldset>
      <fieldset class="mixer-master" ?disabled=${!link.ready || !may(session, 'audio', name)}>
        <legend class="unseen">${_('Sound of the room')}</legend>
        ${masterStrip({ mixer, meters: link.meters })}
      </fieldset>
      <aside class="mixer-side">${side.template()}</aside>
      ${keysHelp({ keysOn, setKeys })}
    </div>`;
  }

  return {
    title: () => `${roomName()} · ${_('Mixer')}`,
    wide: true,
    status: () => link.status,
    bar: () => mixerBar({ link, name: roomName(), urlName: name, onHelp: openHelp }),
    leave: () => {
      clearInterval(clock);
      document.removeEventListener('keydown', onKey);
      document.removeEventListener('click', onClick);
      document.removeEventListener('visibilitychange', onVisible);
      link.stop();
    },
    template,
  };
}

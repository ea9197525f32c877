// SPDX-License-Identifier: LGPL-2.1-or-later
// The inside of a party: the common picture, who is there, the chat.
import { html } from '../vendor/lit-html.js';
import { clockTime } from '../lib/format.js';
import { fieldsOf } from '../lib/form.js';
import { _, fill, ngettext } from '../lib/i18n.js';
import { correct, playable } from '../lib/party.js';
import { icon } from './icons.js';
import { say } from './toast.js';

/**
 * @param {{party: import('../lib/party.js').Party, roomname: string, update: () => void,
 *   choices: () => {name: string, url: string}[]}} options choices: the pictures of this server's rooms
 */
export function createPartyRoom({ party, roomname, choices, update }) {
  /** Where we sent the picture, which the viewer therefore did not. */
  let jumped = -1;
  let soughtByViewer = false;
  const video = () => /** @type {HTMLVideoElement | null} */ (document.querySelector('.party-video'));
  const shownTime = () => video()?.currentTime ?? party.clock.position();

  /** Keeps the picture in step with the clock. */
  function follow() {
    const element = video();
    if (!element || element.readyState < 1 || party.state !== 'in') return;
    const { playing } = party.clock;
    const { rate, jump } = correct(party.clock.position(), element.currentTime, playing);
    if (jump !== null && Number.isFinite(element.duration || 0)) {
      jumped = Math.min(jump, element.duration || jump);
      element.currentTime = jumped;
    }
    if (element.playbackRate !== rate) element.playbackRate = rate;
    if (playing && element.paused && !element.ended) {
      element.play().catch(() => say(update, _('Press play once: the browser wants a click before it plays.')));
    } else if (!playing && !element.paused) {
      element.pause();
    }
  }
  const timer = setInterval(follow, 1000);

  // We play and pause only as the clock says: what differs from it is the viewer.
  function onPlay() {
    if (!party.clock.playing) party.play();
  }

  function onPause() {
    if (party.clock.playing && video()?.paused && !video()?.ended) party.pause();
  }

  function onSeeking() {
    soughtByViewer = Math.abs(shownTime() - jumped) > 0.01;
  }

  function onSeeked() {
    if (soughtByViewer) party.skipTo(shownTime());
  }

  function picture() {
    const { kind, src } = playable(party.videoUrl, location.origin);
    switch (kind) {
      case 'live': return html`<dais-player src=${src} label=${_('Video of the party')}></dais-player>`;
      case 'file': return html`<video class="party-video" src=${src} controls playsinline preload="auto"
        aria-label=${_('Video of the party')} @loadedmetadata=${follow}
        @play=${onPlay} @pause=${onPause} @seeking=${onSeeking} @seeked=${onSeeked}></video>`;
      case 'elsewhere': return html`<div class="party-empty"><p>${
        _('This video lies on another server, which this page does not load.')}</p>
        <p><a href=${src} target="_blank" rel="noreferrer noopener">${_('Open it there')}</a></p></div>`;
      default: return html`<div class="party-empty"><p>${_('No video is chosen yet.')}</p></div>`;
    }
  }

  /** @param {SubmitEvent} event */
  function change(event) {
    event.preventDefault();
    const { video: url } = fieldsOf(event);
    if (url) party.change(url);
  }

  /** @param {SubmitEvent} event */
  function send(event) {
    event.preventDefault();
    const { text } = fieldsOf(event);
    if (!text) return;
    party.say(text);
    /** @type {HTMLFormElement} */ (event.target).reset();
  }

  function invite() {
    const url = `${location.origin}/room/?roomname=${encodeURIComponent(roomname)}`;
    navigator.clipboard?.writeText(url).then(
      () => say(update, _('The address is copied. Tell the password another way.')),
      () => say(update, url));
  }

  return {
    shownTime,
    leave: () => clearInterval(timer),
    template: () => html`<div class="watch">
      <div class="watch-screen">${picture()}
        <div class="watch-controls row wrap"><span class="grow small soft">${
          fill(ngettext('{n} person: {names}', '{n} people: {names}', party.people.length),
            { n: party.people.length, names: party.people.join(', ') })}</span>
          <button class="button" @click=${invite}>${icon('people')}${_('Invite')}</button></div></div>
      <div class="watch-about stack"><h1>${_('Watch together')}</h1>
        <form class="row" @submit=${change}>
          <input class="input grow" name="video" type="url" list="party-videos" aria-label=${_('Address of another video')}
            placeholder=${_('Address of another video')}>
          <datalist id="party-videos">${choices().map(({ name, url }) => html`<option value=${url}>${name}</option>`)}</datalist>
          <button class="button">${_('Show it')}</button></form></div>
      <section class="chat" aria-label=${_('Chat')}>
        <div class="chat-list from-end" role="log" tabindex="0" aria-label=${_('Messages')}><ol>
          ${party.messages.map(({ content, username, timeStamp }) => html`<li>
            <p class="row small soft"><strong>${username}</strong>${timeStamp ? html`<time>${clockTime(timeStamp)}</time>` : ''}</p>
            <p class="note-text">${content}</p></li>`)}</ol></div>
        <form class="row" @submit=${send}><input class="input" name="text" maxlength="1000" autocomplete="off"
          aria-label=${_('Your message')} placeholder=${_('Write to everyone …')}>
          <button class="button main icon" aria-label=${_('Send')}>${icon('send')}</button></form>
      </section></div>`,
  };
}

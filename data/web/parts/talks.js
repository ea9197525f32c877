// SPDX-License-Identifier: LGPL-2.1-or-later
import { html } from '../vendor/lit-html.js';
import { timeOfDay } from '../lib/format.js';
import { _ } from '../lib/i18n.js';
import { findNow, secondsOf, speakersOf, talksOfDay } from '../lib/talks.js';

/** @typedef {import('../lib/room.js').Talk} Talk */

/** @param {Talk | null} talk @param {string} word */
function line(talk, word) {
  if (!talk) return '';
  const begin = secondsOf(talk['talk-begin']);
  return html`<p class="talk-line"><span class="label">${word}</span>
    ${begin === null ? '' : html`<time class="soft small">${timeOfDay(begin)}</time>`}
    <span class="truncate">${talk.title || talk['talk-id']}${speakersOf(talk)
      ? html`<span class="soft">, ${speakersOf(talk)}</span>` : ''}</span></p>`;
}

/** Now and next, where the room has talks. @param {Record<string, Talk>} talks @param {Date} at */
export function nowAndNext(talks, at) {
  const { now, next } = findNow(talks, at);
  if (!now && !next) return '';
  return html`<div class="talk-lines">${line(now, _('Now'))}${line(next, _('Up next'))}</div>`;
}

/** When, what and who. @param {Talk} talk @param {boolean} isNow */
export function talkLines(talk, isNow) {
  const begin = secondsOf(talk['talk-begin']);
  const end = secondsOf(talk['talk-end']);
  return html`<p class="small soft"><time>${begin === null ? '' : timeOfDay(begin)}</time>${end === null ? '' : html`–<time>${timeOfDay(end)}</time>`}
      ${isNow ? html`<span class="badge good">${_('Now')}</span>` : ''}</p>
    <p class="strong">${talk.title || talk['talk-id']}</p>
    ${speakersOf(talk) ? html`<p class="small soft">${speakersOf(talk)}</p>` : ''}`;
}

/** All talks of today, the present one marked. @param {Record<string, Talk>} talks @param {Date} at */
export function talkList(talks, at) {
  const { now } = findNow(talks, at);
  const list = talksOfDay(talks, at);
  if (!list.length) return html`<p class="soft small">${_('No talks are planned for today.')}</p>`;
  return html`<ol class="talk-list">${list.map((talk) => html`<li class=${talk === now ? 'now' : ''}
    aria-current=${talk === now ? 'time' : 'false'}>${talkLines(talk, talk === now)}</li>`)}</ol>`;
}

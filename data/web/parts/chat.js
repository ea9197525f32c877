// SPDX-License-Identifier: LGPL-2.1-or-later
import { html } from '../vendor/lit-html.js';
import { repeat } from '../vendor/directives/repeat.js';
import { fits, isQuestion, questionText } from '../lib/chat.js';
import { clockTime } from '../lib/format.js';
import { _ } from '../lib/i18n.js';
import { icon } from './icons.js';
import { say } from './toast.js';

/**
 * @param {{chat: import('../lib/chat.js').Chat, update: () => void, mayWrite: () => boolean}} options
 */
export function createChat({ chat, update, mayWrite }) {
  let asking = false;

  /** The newest message stays in sight, unless somebody has scrolled up to read. */
  const follow = () => requestAnimationFrame(() => {
    const list = document.querySelector('.chat-list');
    if (list && list.scrollHeight - list.scrollTop - list.clientHeight < 160) list.scrollTop = list.scrollHeight;
  });

  /** @param {SubmitEvent} event */
  function send(event) {
    event.preventDefault();
    const input = /** @type {HTMLInputElement} */ (
      /** @type {HTMLFormElement} */ (event.target).elements.namedItem('text'));
    const text = input.value.trim();
    if (!text) return;
    if (!fits(text)) {
      say(update, _('This is too long for one message.'), { bad: true });
    } else if (chat.send(text, asking)) {
      input.value = '';
      asking = false;
      update();
    }
  }

  /** @param {import('../lib/chat.js').ChatMessage} message */
  function item({ sender, text, createTime }) {
    const question = isQuestion(text);
    return html`<p class="row small soft"><strong class="truncate">${sender?.username ?? _('Somebody')}</strong>
        <time class="grow">${clockTime(createTime * 1000)}</time>
        ${question ? html`<span class="badge warn">${_('Question')}</span>` : ''}</p>
      <p class="note-text">${question ? questionText(text) : text}</p>`;
  }

  function template() {
    follow();
    const ready = chat.status === 'open';
    return html`<section class="chat" aria-label=${_('Chat')}>
      <div class="chat-list" tabindex="0" role="log" aria-label=${_('Messages')}><ol>
        ${chat.messages.length === 0 ? html`<li class="soft small">${_('Nobody has written yet.')}</li>` : ''}
        ${repeat(chat.messages, ({ id }) => id, (message) => html`<li
          class=${isQuestion(message.text) ? 'question' : ''}>${item(message)}</li>`)}
      </ol></div>
      ${chat.status === 'lost' ? html`<p class="small notice warn">${_('The chat is not connected. Trying again …')}</p>` : ''}
      ${mayWrite() ? html`<form class="stack tight" @submit=${send}>
        <div class="choice even" role="group" aria-label=${_('Kind of message')}>
          <button type="button" class="button tight" aria-pressed=${!asking}
            @click=${() => { asking = false; update(); }}>${_('Message')}</button>
          <button type="button" class="button tight" aria-pressed=${asking}
            @click=${() => { asking = true; update(); }}>${_('Ask a question')}</button>
        </div>
        <div class="row"><input class="input" name="text" maxlength="480" autocomplete="off" ?disabled=${!ready}
          aria-label=${asking ? _('Your question') : _('Your message')}
          placeholder=${asking ? _('Your question to the speaker …') : _('Write to everyone …')}>
          <button class="button main icon" ?disabled=${!ready} aria-label=${_('Send')}>${icon('send')}</button></div>
      </form>` : html`<p class="small soft">${_('Sign in to write.')} <a href="?signin">${_('Sign in')}</a></p>`}
    </section>`;
  }

  return { template };
}

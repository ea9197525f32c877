// SPDX-License-Identifier: LGPL-2.1-or-later
// The help desk: ask, wait, be helped; and for teachers the queue.
import { html } from '../vendor/lit-html.js';
import { io } from '../vendor/socket.io.esm.min.js';
import { get, post } from '../lib/api.js';
import { emptyDesk, hear, nameOf, ownRooms, queueOf } from '../lib/help.js';
import { _, fill } from '../lib/i18n.js';
import { askForm } from '../parts/help-ask.js';
import { queueList, roomList } from '../parts/help-lists.js';
import { createTalk } from '../parts/help-talk.js';
import { ring } from '../lib/ring.js';
import { icon } from '../parts/icons.js';
import { say } from '../parts/toast.js';

const EVENTS = ['new_room', 'room_joined', 'room_closed', 'message', 'seen', 'online', 'offline'];

/** @param {import('../app.js').Context} context @returns {import('../app.js').View} */
export function create({ session, update }) {
  const me = session?.id ?? 0;
  const isTeacher = session?.roles.includes('teacher') ?? false;
  let desk = emptyDesk();
  let problem = '';
  let connected = true;
  /** @type {number | null} */
  let open = null;
  const socket = io({ transports: ['websocket', 'polling'] });

  /** @param {string} event @param {any} data */
  function onEvent(event, data) {
    desk = hear(desk, event, data);
    if (event === 'new_room' && isTeacher) {
      ring(_('Somebody asks for help'), data?.text ?? '');
    } else if (event === 'message' && data.user !== me) {
      if (data.room === open && !document.hidden) socket.emit('seen', { room: open });
      else ring(_('A new message'), data.text);
    } else if (event === 'room_joined' && !isTeacher) {
      ring(fill(_('{name} is here to help'), { name: nameOf(data.teacher) }), '');
    }
    if (event === 'room_joined' && data.room === open) show(open);
    update();
  }

  for (const event of EVENTS) socket.on(event, (data) => onEvent(event, data));
  socket.on('error', (/** @type {any} */ error) => say(update, error?.message ?? String(error), { bad: true }));
  socket.on('connect', () => { connected = true; load(); });
  socket.on('disconnect', () => { connected = false; update(); });

  async function load() {
    try {
      desk = hear(desk, 'rooms', await get('/api/room/'));
      if (open !== null) await loadMessages(open);
      problem = '';
    } catch (error) {
      problem = /** @type {Error} */ (error).message;
    }
    update();
  }

  /** @param {number} room */
  async function loadMessages(room) {
    desk = hear(desk, 'messages', { room, messages: await get(`/api/${room}/messages/`) });
    socket.emit('seen', { room });
    update();
  }

  /** @param {number | null} room */
  function show(room) {
    open = room;
    if (room !== null) loadMessages(room).catch((error) => say(update, error.message, { bad: true }));
    update();
  }

  /** Its messages may be read from room_joined on.
   * @param {number} room */
  function claim(room) {
    open = room;
    socket.emit('join_room', { room });
    update();
  }

  /** @param {string} text @param {string} image */
  async function ask(text, image) {
    const room = await post('/api/room/', { text, image });
    desk = hear(desk, 'new_room', room);
    socket.emit('new_room', { room: room.id });
    show(room.id);
  }

  const talk = createTalk({
    me, update,
    send: (room, text, image) => socket.emit('message', { room, text, image }),
    close: (room) => socket.emit('close_room', { room }),
  });
  const clock = setInterval(update, 15_000);

  function allowNotices() {
    Notification.requestPermission().then(update);
  }

  return {
    title: () => _('Help desk'),
    wide: true,
    status: () => connected ? 'open' : 'lost',
    leave: () => {
      clearInterval(clock);
      socket.disconnect();
    },
    template() {
      const room = open === null ? null : desk.rooms.get(open) ?? null;
      return html`
        <div class="row page-head"><h1 class="grow">${_('Help desk')}</h1>
          ${'Notification' in window && Notification.permission === 'default'
            ? html`<button class="button" @click=${allowNotices}>${icon('bell')}${_('Tell me on the desktop')}</button>` : ''}</div>
        ${problem ? html`<p class="notice bad" role="alert">${problem}</p>` : ''}
        <div class="desk ${room ? 'has-talk' : ''}">
          <div class="desk-lists stack">
            ${isTeacher ? queueList({ desk, queue: queueOf(desk), onClaim: claim })
              : askForm({ onAsk: ask, update })}
            ${roomList({ desk, me, rooms: ownRooms(desk, me), open, onOpen: show })}
          </div>
          ${room ? talk.template({ room, desk, onBack: () => show(null) })
            : html`<p class="desk-empty soft">${_('Choose a conversation.')}</p>`}
        </div>`;
    },
  };
}

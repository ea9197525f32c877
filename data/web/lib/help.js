// SPDX-License-Identifier: LGPL-2.1-or-later
// The help desk: questions of students, and the teachers' queue. Pure.

/**
 * @typedef {{id: number, first_name?: string, last_name?: string, email?: string, image?: string}} HelpUser
 * @typedef {{id: number, student: HelpUser, teacher: HelpUser | null, status: 'active' | 'engaged' | 'closed',
 *            timestamp: string, text: string, image: string}} HelpRoom
 * @typedef {{id: number, text: string, image: string, seen: boolean, timestamp: string, room: number,
 *            user: number}} HelpMessage
 * @typedef {{rooms: Map<number, HelpRoom>, messages: Map<number, HelpMessage[]>, online: Set<number>}} Desk
 */

/** @returns {Desk} */
export const emptyDesk = () => ({ rooms: new Map(), messages: new Map(), online: new Set() });

/** @param {HelpUser | null | undefined} user */
export function nameOf(user) {
  if (!user) return '';
  return [user.first_name, user.last_name].filter(Boolean).join(' ') || user.email || `#${user.id}`;
}

/** Those who wait, the longest first. @param {Desk} desk */
export function queueOf(desk) {
  return [...desk.rooms.values()].filter(({ status }) => status === 'active')
    .sort((a, b) => a.timestamp.localeCompare(b.timestamp) || a.id - b.id);
}

/** Conversations of a user that are not waiting, the newest first.
 * @param {Desk} desk @param {number} user */
export function ownRooms(desk, user) {
  return [...desk.rooms.values()]
    .filter(({ student, teacher }) => student.id === user || teacher?.id === user)
    .sort((a, b) => b.id - a.id);
}

/** @param {Desk} desk @param {number} room @param {number} user */
export function unseen(desk, room, user) {
  return (desk.messages.get(room) ?? []).filter((message) => message.user !== user && !message.seen).length;
}

/**
 * @param {Desk} desk
 * @param {string} event
 * @param {any} data
 * @returns {Desk}
 */
export function hear(desk, event, data) {
  const rooms = new Map(desk.rooms);
  const messages = new Map(desk.messages);
  const online = new Set(desk.online);
  const room = rooms.get(Number(data?.room));
  switch (event) {
    case 'rooms':
      for (const one of data) rooms.set(one.id, one);
      break;
    case 'new_room':
      if (data?.id) rooms.set(data.id, data);
      break;
    case 'room_joined':
      if (room) rooms.set(room.id, { ...room, teacher: data.teacher, status: 'engaged' });
      break;
    case 'room_closed':
      if (room) rooms.set(room.id, { ...room, status: 'closed' });
      break;
    case 'messages':
      messages.set(data.room, data.messages);
      break;
    case 'message': {
      const list = messages.get(Number(data.room)) ?? [];
      if (!list.some(({ id }) => id === data.id)) {
        messages.set(Number(data.room), [...list, data].sort((a, b) => a.id - b.id));
      }
      break;
    }
    case 'seen':
      messages.set(Number(data.room), (messages.get(Number(data.room)) ?? [])
        .map((message) => message.user === data.user ? { ...message, seen: true } : message));
      break;
    case 'online': online.add(data.user); break;
    case 'offline': online.delete(data.user); break;
    default: return desk;
  }
  return { rooms, messages, online };
}

/** A picture's address, "" for one that a browser must not follow.
 * @param {string | null | undefined} image */
export function safeImage(image) {
  return image && /^(https?:\/\/|\/(?!\/)|data:image\/(png|jpeg|webp|gif);)/i.test(image) ? image : '';
}

/** Largest picture that is sent, bytes before encoding. */
export const MOST_IMAGE = 5 * 1024 * 1024;

/** @param {File} file @returns {Promise<string>} a data: address */
export function readImage(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

// SPDX-License-Identifier: LGPL-2.1-or-later
// Who sits here. The secret itself is a cookie that no script can read.
import { ApiError, get, post, request } from './api.js';

/**
 * @typedef {{username: string, id: number, roles: string[], grants: string[],
 *            rooms: Record<string, string[]>, doors: string[]}} Session
 *   grants: in the house as a whole; rooms: by url_name where they differ;
 *   doors: which contracts this server serves
 */

/** @returns {Promise<Session | null>} null = nobody has signed in */
export async function loadSession() {
  try {
    const found = await get('/session');
    return found.username ? { rooms: {}, grants: [], roles: [], doors: ['venue'], ...found } : null;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}

/** @param {string} username @param {string} password */
export async function signIn(username, password) {
  await request('POST', '/login', { form: { username, password } });
  return loadSession();
}

export async function signOut() {
  await post('/session/end', {});
}

/**
 * @param {Session | null} session
 * @param {string} grant view, chat, note, cut, audio, blank, record, publish, manage, admin
 * @param {string} [room] url_name
 */
export function may(session, grant, room) {
  if (!session) return false;
  return (room && session.rooms[room] ? session.rooms[room] : session.grants).includes(grant);
}

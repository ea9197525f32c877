// SPDX-License-Identifier: LGPL-2.1-or-later
// HTTP requests. The session is a cookie that scripts cannot read.

export class ApiError extends Error {
  /**
   * @param {number} status 0 = the server could not be reached
   * @param {string} message
   */
  constructor(status, message) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }
}

/**
 * Every door has its own shape of error (contracts: venue error, party text,
 * help detail, members err, chat error.message); a page only wants the words.
 * @param {any} body
 * @returns {string | undefined}
 */
export function errorText(body) {
  if (typeof body === 'string') return body.trim().slice(0, 300) || undefined;
  if (!body || typeof body !== 'object') return undefined;
  const { error, err, detail } = body;
  if (typeof error === 'string') return error;
  if (typeof error?.message === 'string') return error.message;
  if (typeof err === 'string') return err;
  if (typeof detail === 'string') return detail;
  const field = Object.entries(body).find(([, value]) => Array.isArray(value));
  return field ? `${field[0]}: ${field[1].join(' ')}` : undefined;
}

/**
 * @param {string} method
 * @param {string} path
 * @param {{json?: unknown, form?: Record<string, string>, headers?: Record<string, string>,
 *          signal?: AbortSignal}} [options]
 * @returns {Promise<any>} the JSON body, or the text where it is none
 */
export async function request(method, path, options = {}) {
  const headers = { ...options.headers };
  /** @type {BodyInit | undefined} */
  let body;
  if (options.form) {
    body = new URLSearchParams(options.form);
  } else if (options.json !== undefined) {
    body = JSON.stringify(options.json);
    headers['Content-Type'] = 'application/json';
  }
  let response;
  try {
    response = await fetch(path, {
      method, headers, body, credentials: 'same-origin', cache: 'no-cache', signal: options.signal,
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError(0, 'the server cannot be reached');
  }
  const text = await response.text();
  /** @type {any} */
  let parsed = text;
  if (response.headers.get('Content-Type')?.includes('json')) {
    try {
      parsed = JSON.parse(text);
    } catch {
      throw new ApiError(response.status, 'the answer is not JSON');
    }
  }
  if (!response.ok) {
    throw new ApiError(response.status, errorText(parsed) ?? `${response.status} ${response.statusText}`);
  }
  return parsed;
}

/** @param {string} path @param {{signal?: AbortSignal}} [options] */
export const get = (path, options) => request('GET', path, options);
/** @param {string} path @param {unknown} json */
export const post = (path, json) => request('POST', path, { json });
/** @param {string} path @param {unknown} json */
export const put = (path, json) => request('PUT', path, { json });
/** @param {string} path */
export const remove = (path) => request('DELETE', path);

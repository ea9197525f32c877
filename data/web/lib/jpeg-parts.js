// SPDX-License-Identifier: LGPL-2.1-or-later
// Takes single pictures out of a multipart/x-mixed-replace stream.

/** @param {Uint8Array} bytes @param {number} second @param {number} from */
function findMarker(bytes, second, from) {
  for (let i = from; i + 1 < bytes.length; i++) {
    if (bytes[i] === 0xff && bytes[i + 1] === second) return i;
  }
  return -1;
}

/**
 * The first whole JPEG in bytes. An end marker cannot stand inside the data of
 * a baseline JPEG without a thumbnail, which is what the engines make.
 * @param {Uint8Array} bytes
 * @returns {Uint8Array | null}
 */
export function firstJpeg(bytes) {
  const start = findMarker(bytes, 0xd8, 0);
  if (start < 0) return null;
  const end = findMarker(bytes, 0xd9, start + 2);
  return end < 0 ? null : bytes.subarray(start, end + 2);
}

/** A preview is a few kilobytes; more without a picture is not one. */
const LIMIT = 2 * 1024 * 1024;

/**
 * Opens an .mjpg, reads one picture and hangs up.
 * @param {string} url
 * @param {AbortSignal} signal
 * @returns {Promise<Blob>}
 */
export async function fetchOnePicture(url, signal) {
  const stop = new AbortController();
  const abort = () => stop.abort();
  signal.addEventListener('abort', abort);
  try {
    const response = await fetch(url, { credentials: 'same-origin', signal: stop.signal });
    if (!response.ok || !response.body) throw new Error(String(response.status));
    const reader = response.body.getReader();
    let bytes = new Uint8Array(0);
    while (bytes.length < LIMIT) {
      const { done, value } = await reader.read();
      if (done) break;
      const joined = new Uint8Array(bytes.length + value.length);
      joined.set(bytes);
      joined.set(value, bytes.length);
      bytes = joined;
      const picture = firstJpeg(bytes);
      if (picture) return new Blob([new Uint8Array(picture)], { type: 'image/jpeg' });
    }
    throw new Error('no picture');
  } finally {
    signal.removeEventListener('abort', abort);
    stop.abort();
  }
}

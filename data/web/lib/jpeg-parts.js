// SPDX-License-Identifier: LGPL-2.1-or-later
// Takes the picture out of a part of a multipart/x-mixed-replace stream.

/** @param {Uint8Array} bytes @param {number} second @param {number} from */
function findMarker(bytes, second, from) {
  for (let i = bytes.indexOf(0xff, from); i >= 0; i = bytes.indexOf(0xff, i + 1)) {
    if (bytes[i + 1] === second) return i;
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

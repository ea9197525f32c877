/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the code of tests/support/picture-code.c from RGBA pixels. Runs inside
 * a page, so it is one function that needs nothing around it. */

export function readPictureCode (pixels, width, height, area = [0, 0, 1, 1]) {
  const MARK = 0xb2d1;
  const PLACES = [[24, 14], [2, 2], [46, 2], [2, 27], [46, 27]];
  const left = area[0] * width;
  const top = area[1] * height;
  const column = area[2] * width / 64;
  const row = area[3] * height / 36;

  const level = (c, r) => {
    const x0 = Math.floor (left + column * (c + 0.3));
    const x1 = Math.floor (left + column * (c + 0.7));
    const y0 = Math.floor (top + row * (r + 0.3));
    const y1 = Math.floor (top + row * (r + 0.7));
    let sum = 0;
    let n = 0;
    for (let y = y0; y <= y1; y++) {
      for (let x = x0; x <= x1; x++, n++) {
        const i = 4 * (y * width + x);
        sum += 0.299 * pixels[i] + 0.587 * pixels[i + 1] + 0.114 * pixels[i + 2];
      }
    }
    return sum / n;
  };

  const readPlace = ([c, r]) => {
    const mark = Array.from ({ length: 16 }, (_, i) => level (c + i, r));
    const isSet = (i) => (MARK & (0x8000 >> i)) !== 0;
    const mean = (values) => values.reduce ((a, b) => a + b, 0) / values.length;
    const white = mean (mark.filter ((_, i) => isSet (i)));
    const black = mean (mark.filter ((_, i) => !isSet (i)));
    const threshold = (white + black) / 2;
    if (white < black + 64 || mark.some ((value, i) => (value > threshold) !== isSet (i)))
      return null;
    const words = [];
    for (let j = 0; j < 6; j++) {
      let word = 0;
      for (let i = 0; i < 16; i++)
        word = word << 1 | (level (c + i, r + 1 + j) > threshold ? 1 : 0);
      words.push (word);
    }
    let crc = 0xffff;
    for (const word of words.slice (0, 5)) {
      crc ^= word;
      for (let bit = 0; bit < 16; bit++)
        crc = (crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1) & 0xffff;
    }
    if (crc !== words[5])
      return null;
    return {
      id: words[0] >> 8,
      frame: (words[0] & 0xff) * 0x10000 + words[1],
      time: words[2] * 2 ** 32 + words[3] * 2 ** 16 + words[4],
    };
  };

  const read = PLACES.map (readPlace).filter ((code) => code !== null);
  if (read.length === 0)
    return null;
  const torn = read.some ((code) => code.id !== read[0].id || code.frame !== read[0].frame);
  return { ...read[0], places: read.length, torn };
}

// SPDX-License-Identifier: LGPL-2.1-or-later
// What a mixer's state looks like: which streams are in the picture, and where.

/**
 * @typedef {'full' | 'pip' | 'side-by-side' | 'lecture' | 'grid' | 'blank'} SceneName
 * @typedef {'top-left' | 'top-right' | 'bottom-left' | 'bottom-right'} Corner
 * @typedef {{
 *   video?: string | null, audio?: string | null, pip?: string | null,
 *   scene?: SceneName, pip_corner?: Corner, pip_size?: number, grid?: string[],
 *   volumes?: Record<string, number>, mutes?: string[], master?: number,
 *   rev?: number, utc?: string, running_time?: number,
 * }} MixState
 * @typedef {{x: number, y: number, width: number, height: number}} Rect shares of the picture
 */

/** @type {Corner[]} */
export const CORNERS = ['top-left', 'top-right', 'bottom-left', 'bottom-right'];
/** The parts of a state that make the picture. */
const PICTURE = /** @type {const} */ (['scene', 'video', 'pip', 'pip_corner', 'pip_size', 'grid']);

/** @param {MixState} state @returns {SceneName} */
export function sceneOf(state) {
  return state.scene ?? (state.pip ? 'pip' : 'full');
}

/** How many streams a scene takes. @param {SceneName} scene */
export function placesOf(scene) {
  return { full: 1, pip: 2, 'side-by-side': 2, lecture: 2, grid: 9, blank: 0 }[scene];
}

/** The streams in the picture, the main one first. @param {MixState} state @returns {string[]} */
export function shownIn(state) {
  const scene = sceneOf(state);
  if (scene === 'blank') return [];
  if (scene === 'grid') return state.grid ?? [];
  const names = placesOf(scene) === 2 ? [state.video, state.pip] : [state.video];
  return /** @type {string[]} */ (names.filter(Boolean));
}

/** Whether a stream is heard. @param {MixState} state @param {string} name */
export function isHeard(state, name) {
  if (state.mutes?.includes(name)) return false;
  return state.audio === name || (state.volumes ?? {})[name] > 0;
}

/** @param {MixState} state @param {string} name @returns {number} gain */
export function volumeOf(state, name) {
  return state.volumes?.[name] ?? 1;
}

/** @param {number} columns @param {number} n @returns {Rect[]} */
function gridOf(columns, n) {
  const rows = Math.ceil(n / columns);
  return Array.from({ length: n }, (_, i) => ({
    x: (i % columns) / columns,
    y: Math.floor(i / columns) / rows,
    width: 1 / columns,
    height: 1 / rows,
  }));
}

/**
 * Where each place of a scene lies, in the order of shownIn(); for drawings and
 * for the picture of what comes next. The engine's own solver decides on air.
 * @param {MixState} state
 * @param {number} [n] places of a grid
 * @returns {Rect[]}
 */
export function rectsOf(state, n = shownIn(state).length) {
  const scene = sceneOf(state);
  const whole = { x: 0, y: 0, width: 1, height: 1 };
  switch (scene) {
    case 'blank': return [];
    case 'full': return [whole];
    case 'pip': {
      const size = state.pip_size ?? 0.25;
      const margin = 0.03;
      const [vertical, side] = (state.pip_corner ?? 'bottom-right').split('-');
      return [whole, {
        x: side === 'left' ? margin : 1 - margin - size,
        y: vertical === 'top' ? margin : 1 - margin - size,
        width: size,
        height: size,
      }];
    }
    case 'side-by-side': return [
      { x: 0, y: 0.25, width: 0.5, height: 0.5 },
      { x: 0.5, y: 0.25, width: 0.5, height: 0.5 },
    ];
    case 'lecture': return [
      { x: 0, y: 0.125, width: 0.75, height: 0.75 },
      { x: 0.75, y: 0.375, width: 0.25, height: 0.25 },
    ];
    default: return gridOf(n <= 1 ? 1 : n <= 4 ? 2 : 3, Math.max(n, 1));
  }
}

/** Whether two states make the same picture. @param {MixState} a @param {MixState} b */
export function samePicture(a, b) {
  return JSON.stringify(pictureOf(a)) === JSON.stringify(pictureOf(b));
}

/**
 * The picture alone, without sound: what a preset keeps and undo restores.
 * @param {MixState} state
 * @returns {MixState}
 */
export function pictureOf(state) {
  /** @type {any} */
  const picture = {};
  for (const key of PICTURE) if (state[key] !== undefined) picture[key] = state[key];
  picture.scene = sceneOf(state);
  picture.video = state.video ?? null;
  picture.pip = state.pip ?? null;
  return picture;
}

/**
 * Puts a stream into a place of a picture.
 * @param {MixState} state
 * @param {string} name
 * @param {'main' | 'second'} place
 * @returns {MixState}
 */
export function place(state, name, place) {
  const picture = pictureOf(state);
  const scene = sceneOf(state);
  if (scene === 'grid') {
    const grid = picture.grid ?? [];
    picture.grid = grid.includes(name)
      ? grid.filter((other) => other !== name)
      : [...grid, name].slice(0, 9);
    return picture;
  }
  if (place === 'second') {
    if (placesOf(scene) !== 2) picture.scene = 'pip';
    if (picture.video === name) picture.video = state.pip ?? null;
    picture.pip = name;
    return picture;
  }
  if (scene === 'blank') picture.scene = 'full';
  // Choosing the small picture as the main one swaps the two.
  if (picture.pip === name) picture.pip = state.video ?? null;
  picture.video = name;
  return picture;
}

/**
 * Changes the scene and fills its places with what is at hand.
 * @param {MixState} state
 * @param {SceneName} scene
 * @param {string[]} names all streams with a picture, in the page's order
 * @param {Corner} [corner]
 * @returns {MixState}
 */
export function withScene(state, scene, names, corner) {
  const picture = { ...pictureOf(state), scene };
  if (corner) picture.pip_corner = corner;
  if (scene === 'blank') return picture;
  if (!picture.video) picture.video = names[0] ?? null;
  // A cut from elsewhere can leave the same stream in both places.
  if (placesOf(scene) === 2 && (!picture.pip || picture.pip === picture.video)) {
    picture.pip = names.find((name) => name !== picture.video) ?? null;
  }
  if (scene === 'grid' && !picture.grid?.length) {
    const first = [picture.video, picture.pip].filter(Boolean);
    picture.grid = /** @type {string[]} */ (
      [...first, ...names.filter((name) => !first.includes(name))].slice(0, 4));
  }
  return picture;
}

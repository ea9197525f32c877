// SPDX-License-Identifier: LGPL-2.1-or-later
// Scenes as small drawings: the large picture light, the second one marked.
import { html, svg } from '../vendor/lit-html.js';
import { _ } from '../lib/i18n.js';
import { CORNERS, rectsOf, sceneOf } from '../lib/scene.js';

/**
 * @typedef {import('../lib/scene.js').SceneName} SceneName
 * @typedef {import('../lib/scene.js').Corner} Corner
 * @typedef {{scene: SceneName, corner?: Corner, name: () => string, word: () => string, key: string}} SceneChoice
 */

/** @type {SceneChoice[]} */
const SCENES = [
  { scene: 'full', name: () => _('Full screen'), word: () => _('Full'), key: 'F' },
  ...CORNERS.map((corner) => ({
    scene: /** @type {SceneName} */ ('pip'), corner, key: 'P', word: () => _('Small'),
    name: () => ({
      'top-left': _('Small picture top left'), 'top-right': _('Small picture top right'),
      'bottom-left': _('Small picture bottom left'), 'bottom-right': _('Small picture bottom right'),
    })[corner],
  })),
  { scene: 'side-by-side', name: () => _('Side by side'), word: () => _('Beside'), key: 'S' },
  { scene: 'lecture', name: () => _('Lecture'), word: () => _('Lecture'), key: 'L' },
  { scene: 'grid', name: () => _('Grid'), word: () => _('Grid'), key: 'G' },
  { scene: 'blank', name: () => _('Blank'), word: () => _('Blank'), key: 'B' },
];

/** @param {SceneChoice} choice */
function drawing({ scene, corner }) {
  const rects = rectsOf({ scene, pip_corner: corner, pip_size: 0.34 }, 4);
  return html`<svg class="scene-drawing" viewBox="0 0 64 36" aria-hidden="true" focusable="false">
    ${rects.map(({ x, y, width, height }, i) => svg`<rect
      class=${scene !== 'grid' && i === 1 ? 'second' : 'main'}
      x=${x * 64 + 1} y=${y * 36 + 1} width=${width * 64 - 2} height=${height * 36 - 2} rx="2"/>`)}
  </svg>`;
}

/** @param {import('../lib/scene.js').MixState} state @param {SceneChoice} choice */
function holds(state, { scene, corner }) {
  return sceneOf(state) === scene && (!corner || (state.pip_corner ?? 'bottom-right') === corner);
}

/** @param {{mixer: import('../lib/mixer.js').Mixer, names: string[]}} options */
export function sceneButtons({ mixer, names }) {
  const { state, next, pending, mode, edited } = mixer;
  return html`<div class="scenes" role="group" aria-label=${_('Scenes')}>
    ${SCENES.map((choice) => {
      const program = holds(state, choice);
      const chosen = mode === 'preset' && next !== null && holds(next, choice);
      return html`<button class="button scene ${program ? 'program' : ''} ${chosen ? 'next' : ''}"
        aria-pressed=${mode === 'direct' ? program : chosen}
        aria-busy=${pending.has(`scene:${choice.scene}:${choice.corner ?? ''}`)}
        title="${choice.name()} (${choice.key})"
        @click=${() => mixer.chooseScene(choice.scene, names, choice.corner)}>
        <span class="scene-picture">${drawing(choice)}<span class="scene-marks">${
          program ? html`<b class="mark program">${_('Program')}</b>` : ''}${
          chosen ? html`<b class="mark next">${_('Next')}</b>` : ''}</span></span>
        <span class="scene-word" aria-hidden="true">${choice.word()}</span>
        <span class="unseen">${choice.name()}</span></button>`;
    })}
    <label class="row small pip-size"><span>${_('Size')}</span>
      <input class="fader" type="range" min="10" max="50" step="1" ?disabled=${sceneOf(edited) !== 'pip'}
        aria-label=${_('Size of the small picture')}
        .value=${String(Math.round((edited.pip_size ?? 0.25) * 100))}
        @change=${(/** @type {Event} */ event) => mixer.setPipSize(
          Number(/** @type {HTMLInputElement} */ (event.target).value) / 100)}></label>
  </div>`;
}

// SPDX-License-Identifier: LGPL-2.1-or-later
// The few lines of a test runner that these tests need: TAP on stdout, a limit
// of time for each case, and a server that ends with the run.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';

export const require = createRequire(process.env.CLIENTS + '/package.json');

/** A server under the sanitizers takes a few times as long. */
export const PATIENCE = process.env.DAIS_TEST_SANITIZED ? 4 : 1;

const cases = [];

/** @param {string} name @param {() => Promise<void>} body @param {number} [limit] ms */
export function test(name, body, limit = 20000) {
  cases.push({ name, body, limit });
}

/** @param {number} ms */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Resolves with the arguments of the next such event. */
export function next(emitter, event, ms = 8000) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no "${event}" in ${ms * PATIENCE} ms`)),
      ms * PATIENCE);
    emitter.once(event, (...args) => {
      clearTimeout(timer);
      resolve(args);
    });
  });
}

/** Starts a program that prints its address as its first line. */
export async function serve(program, args = [], env = {}) {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  process.on('exit', () => child.kill('SIGKILL'));
  const url = await new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (data) => {
      text += data;
      if (text.includes('\n')) resolve(text.split('\n')[0]);
    });
    child.on('exit', (code) => reject(new Error(`${program} ended with ${code}`)));
  });
  return { url: String(url), child };
}

export async function run() {
  let failed = 0;
  console.log(`1..${cases.length}`);
  for (const [index, { name, body, limit }] of cases.entries()) {
    let timer;
    try {
      await Promise.race([
        body(),
        new Promise((_, reject) => {
          timer = setTimeout(() => reject(new Error('took too long')), limit * PATIENCE);
        }),
      ]);
      console.log(`ok ${index + 1} - ${name}`);
    } catch (error) {
      failed++;
      console.log(`not ok ${index + 1} - ${name}`);
      console.log(`# ${String(error.stack).replaceAll('\n', '\n# ')}`);
    } finally {
      clearTimeout(timer);
    }
  }
  process.exit(failed > 0 ? 1 : 0);
}

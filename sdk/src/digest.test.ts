import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digest } from './digest.js';

test('hashes are short, stable and apart', () => {
  const all = Array.from({ length: 20_000 }, (_, number) => digest(`field-${number}`));
  assert.equal(new Set(all).size, all.length);
  assert.ok(all.every((one) => /^[0-9a-z]{1,11}$/.test(one)));
  assert.equal(digest('login/password'), digest('login/password'));
  assert.notEqual(digest(''), digest('0'));
});

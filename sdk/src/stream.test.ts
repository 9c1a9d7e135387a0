import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pause } from './stream.js';

test('pauses double to half a minute, and are never all the same', () => {
  assert.deepEqual([0, 1, 2, 3].map((attempt) => pause(attempt, 1)), [500, 1000, 2000, 4000]);
  assert.equal(pause(3, 0), 2000);
  assert.equal(pause(50, 1), 30_000);
});

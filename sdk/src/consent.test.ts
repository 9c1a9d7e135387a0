import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayCollect } from './consent.js';

test('only a clear yes is consent', () => {
  assert.equal(mayCollect({ consent: true }, false), true);
  for (const consent of [undefined, false, null, 1, 'yes'] as never[]) assert.equal(mayCollect({ consent }, false), false);
});

test('Global Privacy Control stops it, unless the application stands by its purpose', () => {
  assert.equal(mayCollect({ consent: true }, true), false);
  assert.equal(mayCollect({ consent: true, securityPurpose: true }, true), true);
  assert.equal(mayCollect({ securityPurpose: true }, true), false);
});

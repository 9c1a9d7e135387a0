import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS, Outbox } from './outbox.js';
import type { Sample } from './samples.js';

function filled(count: number, outbox = new Outbox(), from = 1): Outbox {
  for (let seq = from; seq < from + count; seq++) outbox.put({ type: 'scroll', x: 0, y: seq, seq, t: seq } as Sample);
  return outbox;
}

const seqs = (samples: Sample[]) => samples.map((one) => one.seq);

test('samples go out in order, once, and stay until they are acknowledged', () => {
  const outbox = filled(10);
  assert.deepEqual(seqs(outbox.take(4)), [1, 2, 3, 4]);
  assert.deepEqual(seqs(outbox.take(4)), [5, 6, 7, 8]);
  assert.equal(outbox.length, 10);
  outbox.acknowledge(6);
  assert.deepEqual([outbox.length, outbox.acknowledged], [4, 6]);
  assert.deepEqual(seqs(outbox.take()), [9, 10]);
});

test('after a break all that is not acknowledged goes out again, and nothing else', () => {
  const outbox = filled(10);
  outbox.take();
  outbox.acknowledge(3);
  outbox.resume(5, false);
  assert.deepEqual(seqs(outbox.take()), [6, 7, 8, 9, 10]);
});

test('an acknowledgement that is older changes nothing', () => {
  const outbox = filled(10);
  outbox.take();
  outbox.acknowledge(8);
  outbox.acknowledge(2);
  assert.deepEqual([outbox.length, outbox.acknowledged], [2, 8]);
});

test('on a new stream numbers begin at 1', () => {
  const outbox = filled(10);
  outbox.take();
  outbox.acknowledge(7);
  outbox.resume(0, true);
  assert.deepEqual(seqs(outbox.take()), [1, 2, 3]);
  assert.equal(outbox.acknowledged, 0);
  outbox.acknowledge(2);
  assert.deepEqual([outbox.length, outbox.acknowledged], [1, 2]);
});

test('what will never be taken is dropped, and its numbers are used again', () => {
  const outbox = filled(10);
  outbox.take(4);
  outbox.skip(1);
  assert.deepEqual(seqs(outbox.take()), [2, 3, 4, 5, 6, 7]);
  outbox.acknowledge(7);
  assert.deepEqual([outbox.length, outbox.acknowledged], [0, 7]);
  filled(1, outbox, 11);
  assert.deepEqual(seqs(outbox.take()), [8]);
});

test('numbers go on after everything was dropped', () => {
  const outbox = filled(4);
  outbox.take();
  outbox.skip(2);
  assert.deepEqual([outbox.length, outbox.acknowledged], [0, 2]);
  filled(2, outbox, 5);
  assert.deepEqual(seqs(outbox.take()), [3, 4]);
});

test('there is room for so many, and less for what comes fast', () => {
  const outbox = filled(LIMITS.FAST);
  assert.deepEqual([outbox.room(true), outbox.room(false)], [false, true]);
  assert.equal(filled(LIMITS.ALL).room(false), false);
});

test('not everything is under way at once', () => {
  const outbox = filled(LIMITS.FAST);
  let sent = 0;
  for (let more = outbox.take(); more.length; more = outbox.take()) sent += more.length;
  assert.equal(sent, LIMITS.IN_FLIGHT);
  outbox.acknowledge(500);
  assert.equal(outbox.take()[0]!.seq, LIMITS.IN_FLIGHT + 1);
});

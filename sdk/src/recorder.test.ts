import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Clock } from './clock.js';
import { Recorder } from './recorder.js';
import type { Sample } from './samples.js';

function recorder(room = (_fast: boolean) => true): [Recorder, Sample[]] {
  const kept: Sample[] = [];
  return [new Recorder(new Clock(performance.timeOrigin), room, (one) => kept.push(one)), kept];
}

test('what is refused gets no number', () => {
  let full = false;
  const [one, kept] = recorder(() => !full);
  one.take({ type: 'scroll', x: 0, y: 1 });
  full = true;
  one.take({ type: 'scroll', x: 0, y: 2 });
  full = false;
  one.take({ type: 'focus', field: 'a', on: true });
  assert.deepEqual(kept.map((sample) => sample.seq), [1, 2]);
  assert.deepEqual([one.counts.taken, one.counts.refused], [2, 1]);
});

test('keys are taken when moves have spent the minute', () => {
  const [one, kept] = recorder();
  for (let number = 0; number < 5000; number++) one.take({ type: 'pointer', kind: 'move', x: number, y: 0 });
  assert.equal(kept.length, 4000);
  one.take({ type: 'key', down: true, field: 'a', pos: 0 });
  assert.equal(kept.at(-1)!.type, 'key');
  assert.deepEqual(kept.map((sample) => sample.seq), Array.from({ length: 4001 }, (_, at) => at + 1));
});

test('events that no person caused are marked, others are not', () => {
  const [one, kept] = recorder();
  const event = (isTrusted: boolean) => ({ isTrusted, timeStamp: performance.now() }) as Event;
  one.take({ type: 'focus', field: 'a', on: true }, event(false));
  one.take({ type: 'focus', field: 'a', on: false }, event(true));
  assert.deepEqual(kept.map((sample) => sample.trusted), [false, undefined]);
  assert.equal(one.counts.untrusted, 1);
});

test('times are those of the events, in tenths of a millisecond, and never nonsense', () => {
  const clock = new Clock(performance.timeOrigin);
  const now = performance.now();
  assert.ok(Math.abs(clock.at(now) - now) <= 0.051);
  assert.equal(Math.round(clock.at(now) * 10), clock.at(now) * 10);
  for (const stamp of [0, -5, NaN, now + 1e9, Date.now()]) assert.ok(Math.abs(clock.at(stamp) - now) < 100, String(stamp));
});

test('a clock knows how fine it is', () => {
  assert.ok(new Clock(0).facts().granularityMs <= 1);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Budget } from './budget.js';

function taken(budget: Budget, from: number, to: number, step: number): number {
  let count = 0;
  for (let t = from; t < to; t += step) count += Number(budget.take(t));
  return count;
}

test('thirty seconds of moving a minute are taken, however slow the mouse reports', () => {
  for (const step of [4, 8, 16]) {
    const most = Math.min(4000, 30_000 / step + 1);
    assert.ok(Math.abs(taken(new Budget(), 0, 60_000, step) - most) <= 1, `${step} ms`);
  }
});

test('a new minute begins anew', () => {
  const budget = new Budget(100, 1000);
  assert.equal(taken(budget, 0, 60_000, 100), 11);
  assert.equal(taken(budget, 60_000, 120_000, 100), 10);
});

test('pauses are not moving', () => {
  assert.equal(taken(new Budget(), 0, 60_000, 300), 200);
});

test('a flood of points is cut at the number', () => {
  assert.equal(taken(new Budget(), 0, 1, 0.0001), 4000);
});

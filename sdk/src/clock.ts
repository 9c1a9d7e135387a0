import type { ClockFacts } from './samples.js';

const SPIN_MS = 3;
const FINEST_MS = 0.005;

/** Time since the session's start, and how fine it is. `startedAt` is in ms since 1970. */
export class Clock {
  private granularity = 0.1;

  constructor(readonly startedAt: number) {
    this.observe();
  }

  /** ms since the session's start, one decimal, of an event's `timeStamp`; of now where that is no time of this page. */
  at(stamp = performance.now()): number {
    const now = performance.now();
    const found = stamp > 0 && stamp <= now + 50 && stamp > now - 10_000 ? stamp : now;
    return Math.max(0, Math.round((performance.timeOrigin + found - this.startedAt) * 10) / 10);
  }

  facts(): ClockFacts {
    return { granularityMs: this.granularity };
  }

  /** Watches the clock tick for 3 ms; a coarser one (Firefox resisting fingerprinting: 16.7 or 100 ms) by timers. */
  private observe(): void {
    const found = ticks(performance.now() + SPIN_MS);
    if (found < Infinity) this.granularity = tidy(found);
    else this.watch(performance.now(), []);
  }

  private watch(last: number, steps: number[]): void {
    setTimeout(() => {
      const now = performance.now();
      if (now > last) steps.push(now - last);
      this.granularity = tidy(Math.min(...steps, SPIN_MS * 1e3));
      if (steps.length < 4) this.watch(now, steps);
    }, 1);
  }
}

/** The smallest step of the clock until then; Infinity where it did not tick. */
function ticks(until: number): number {
  let last = performance.now();
  let least = Infinity;
  for (let turns = 0; last < until && turns < 20_000; turns++) {
    const now = performance.now();
    if (now > last) least = Math.min(least, now - last);
    last = now;
  }
  return least;
}

function tidy(step: number): number {
  return Math.min(1000, Math.max(FINEST_MS, Number(step.toPrecision(2))));
}

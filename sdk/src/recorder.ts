import { Budget } from './budget.js';
import type { Clock } from './clock.js';
import type { Observed, Sample } from './samples.js';

/** What happened besides the samples themselves. */
export interface Counts {
  taken: number;
  /** Refused because a buffer was full or the minute's budget spent. */
  refused: number;
  /** Held keys repeat themselves; that is counted, not sent. */
  repeats: number;
  untrusted: number;
}

/** Says whether there is room for one more sample; `fast` ones are refused earlier. */
export type Room = (fast: boolean) => boolean;

const FAST = new Set(['wheel', 'scroll', 'motion', 'orientation']);

/** Numbers samples from 1 without gaps and hands them on. What is refused never gets a number. */
export class Recorder {
  readonly counts: Counts = { taken: 0, refused: 0, repeats: 0, untrusted: 0 };
  private readonly budget = new Budget();

  constructor(
    readonly clock: Clock,
    private readonly room: Room,
    private readonly keep: (sample: Sample) => void,
  ) {}

  /** Takes what was observed during an event (or now). */
  take(observed: Observed, event?: Event, stamp = event?.timeStamp): void {
    const t = this.clock.at(stamp);
    const fast = isFast(observed);
    if (!this.room(fast) || (fast && !this.budget.take(t))) {
      this.counts.refused++;
      return;
    }
    const sample = { ...observed, seq: ++this.counts.taken, t } as Sample;
    if (event && !event.isTrusted) {
      this.counts.untrusted++;
      sample.trusted = false;
    }
    this.keep(sample);
  }
}

function isFast(one: Observed): boolean {
  if (one.type === 'pointer') return one.kind === 'move';
  return one.type === 'touch' ? one.phase === 'move' : FAST.has(one.type);
}

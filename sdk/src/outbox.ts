import type { Sample } from './samples.js';

/** At most so many samples wait for the server; beyond `FAST` nothing that comes fast is taken. */
export const LIMITS = { FAST: 4000, ALL: 6000, BATCH: 250, IN_FLIGHT: 2000 };

/** Samples until the server has them for good: sent ones stay until acknowledged and are sent again after a break. */
export class Outbox {
  private waiting: Sample[] = [];
  private sent = 0;
  private offset = 0;
  private next = 1;

  /** Whether there is room for one more. */
  room(fast: boolean): boolean {
    return this.waiting.length < (fast ? LIMITS.FAST : LIMITS.ALL);
  }

  put(sample: Sample): void {
    this.waiting.push(sample);
  }

  get length(): number {
    return this.waiting.length;
  }

  /** Whether numbers on the stream differ from those of the samples. */
  get renumbered(): boolean {
    return this.offset !== 0;
  }

  /** The highest number the server has for good. */
  get acknowledged(): number {
    return (this.waiting[0]?.seq ?? this.next) - 1 - this.offset;
  }

  /** The next samples that were not sent over this connection; empty where none are, or too many are under way. */
  take(most = LIMITS.BATCH): Sample[] {
    const allowed = Math.max(0, Math.min(most, LIMITS.IN_FLIGHT - this.sent));
    const taken = this.waiting.slice(this.sent, this.sent + allowed);
    this.sent += taken.length;
    return this.numbered(taken);
  }

  /** The oldest samples that are not acknowledged, sent or not. */
  first(most: number): Sample[] {
    return this.numbered(this.waiting.slice(0, most));
  }

  /** The server has all up to `seq`. */
  acknowledge(seq: number): void {
    const index = this.waiting.findIndex((one) => one.seq - this.offset > seq);
    const done = index < 0 ? this.waiting.length : index;
    if (!done) return;
    this.next = this.waiting[done - 1]!.seq + 1;
    this.waiting.splice(0, done);
    this.sent = Math.max(0, this.sent - done);
  }

  /** A connection begins: what comes after `seq` is to be sent again. On a new stream numbers begin at 1. */
  resume(seq: number, isNew: boolean): void {
    if (isNew) this.offset = (this.waiting[0]?.seq ?? this.next) - 1;
    else this.acknowledge(seq);
    this.sent = 0;
  }

  /** What was sent after `seq` will never be taken: it is dropped, and what follows takes its numbers. */
  skip(seq: number): void {
    this.acknowledge(seq);
    const dropped = this.waiting.splice(0, this.sent).length;
    this.next += this.waiting.length ? 0 : dropped;
    this.offset += dropped;
    this.sent = 0;
  }

  /** Forgets everything. */
  clear(): void {
    this.acknowledge(Infinity);
  }

  private numbered(samples: Sample[]): Sample[] {
    return this.offset ? samples.map((one) => ({ ...one, seq: one.seq - this.offset })) : samples;
  }
}

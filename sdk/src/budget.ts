const MINUTE_MS = 60_000;
const PAUSE_MS = 250;

/** How much of what comes fast (moves, wheel, scroll, motion) is taken: so many points and so long a minute. */
export class Budget {
  private minute = -1;
  private points = 0;
  private movingMs = 0;
  private last = 0;

  constructor(
    private readonly mostPoints = 4000,
    private readonly mostMs = 30_000,
  ) {}

  /** Whether one more point at `t` (ms) may be taken; counts it where it may. */
  take(t: number): boolean {
    const minute = Math.floor(t / MINUTE_MS);
    if (minute !== this.minute) {
      this.minute = minute;
      this.points = this.movingMs = 0;
    }
    const step = t - this.last;
    this.last = t;
    if (this.points >= this.mostPoints || this.movingMs >= this.mostMs) return false;
    this.points++;
    if (step > 0 && step < PAUSE_MS) this.movingMs += step;
    return true;
  }
}

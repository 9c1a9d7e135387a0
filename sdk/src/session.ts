import { Clock } from './clock.js';
import { Collector, screenFacts } from './collector.js';
import type { Consented } from './consent.js';
import { DECLARED, type Scope } from './fields.js';
import type { Message } from './messages.js';
import { Outbox } from './outbox.js';
import { Recorder, type Counts } from './recorder.js';
import type { Token } from './rest.js';
import type { Sample } from './samples.js';
import { Stream } from './stream.js';

/** The score call takes at most 2,000. */
const HELD = 2000;

/** How a session is followed. */
export interface SessionOptions extends Consented {
  /** The session token, or a function that fetches one. Without it events are held for `score` and nothing streams. */
  token?: Token | undefined;
  /** Where Watchword is; by default where this script came from. */
  url?: string | undefined;
  /** What takes part: elements that match this selector (default `[data-watchword]`), or the whole `'document'`. */
  fields?: Scope | undefined;
  /** When the session began, in ms since 1970, for pages after the first; otherwise remembered in this tab. */
  startedAt?: number | undefined;
  /** False leaves out how a phone is held. */
  motion?: boolean | undefined;
  /** Sends the token as WebSocket subprotocol instead of in the first message. */
  tokenAsProtocol?: boolean | undefined;
}

/** One followed session: what is collected, held and streamed. Made where collecting is allowed, gone when not. */
export class Session {
  private held: Sample[] = [];
  private readonly outbox = new Outbox();
  private readonly recorder: Recorder;
  private readonly collector: Collector;
  private readonly stream: Stream | null = null;
  private readonly clock: Clock;
  private readonly looker: ReturnType<typeof setInterval>;
  private readonly gone = new AbortController();

  constructor(
    readonly id: string,
    readonly userId: string,
    private readonly options: SessionOptions & { url: string },
    heard: (message: Message) => void,
    refused: () => void,
  ) {
    const { token, url, tokenAsProtocol, fields, motion } = options;
    this.clock = new Clock(options.startedAt ?? startOf(id));
    this.recorder = new Recorder(this.clock, (fast) => !token || this.outbox.room(fast), (one) => this.keep(one));
    this.collector = new Collector(this.recorder, fields ?? DECLARED, motion);
    this.looker = setInterval(() => this.collector.look(), 500);
    if (!token) return;
    const course = { url, sessionId: id, userId, token, tokenAsProtocol };
    this.stream = new Stream(course, this.outbox, () => this.facts(), heard, refused);
    addEventListener('pagehide', () => this.stream?.leave(), { signal: this.gone.signal });
  }

  /** Copies of what was collected since the last `clear`, the newest 2,000. */
  events(): Sample[] {
    return this.held.map((one) => ({ ...one }));
  }

  clear(): void {
    this.held = [];
  }

  counts(): Counts & { waiting: number } {
    return { ...this.recorder.counts, waiting: this.outbox.length };
  }

  /** Events with what they need to be scored: clock, screen, and their place in the stream, so that none counts twice. */
  scored(events: readonly Sample[]) {
    const inOrder = events.every((one, at) => one.seq === events[0]!.seq + at);
    const named = inOrder ? this.stream?.named(events) : null;
    if (named) return { ...this.facts(), ...named, events };
    return { ...this.facts(), events: events.map((one, at) => ({ ...one, seq: at + 1 })) };
  }

  private facts() {
    return { clock: this.clock.facts(), screen: screenFacts() };
  }

  verify(mpin: string): boolean {
    return this.stream?.verify(mpin) ?? false;
  }

  flush(): void {
    this.stream?.flush();
  }

  /** Stops collecting and streaming and forgets what was held. */
  stop(): void {
    this.gone.abort();
    clearInterval(this.looker);
    this.collector.stop();
    this.stream?.stop();
    this.outbox.clear();
    this.held = [];
  }

  private keep(sample: Sample): void {
    if (this.held.push(sample) > HELD) this.held.splice(0, HELD / 10);
    if (this.options.token) this.outbox.put(sample);
  }
}

/** When the session began: remembered in this tab, so that times go on over pages. */
function startOf(id: string): number {
  const now = performance.timeOrigin + performance.now();
  try {
    const key = `watchword:${id}`;
    const began = Number(sessionStorage.getItem(key)) || now;
    sessionStorage.setItem(key, String(began));
    return began;
  } catch {
    return now;
  }
}

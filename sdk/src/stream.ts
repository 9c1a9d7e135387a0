import type { Message, Refused } from './messages.js';
import { LIMITS, type Outbox } from './outbox.js';
import { tokenOf, type Token } from './rest.js';
import type { Batch, Behavior, Sample } from './samples.js';

export const PACE_MS = 500;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
const OPEN = 1;
/** Close codes of the server: a token it does not know, and a session that is blocked. */
export const CLOSED = { BAD_TOKEN: 4401, BLOCKED: 4403 };

/** How long to wait before the next attempt (ms): doubling from half a second to half a minute, half of it by chance. */
export function pause(attempt: number, chance = Math.random()): number {
  const whole = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
  return whole / 2 + (whole / 2) * chance;
}

/** Whose stream it is, and where it goes. */
export interface Course {
  url: string;
  sessionId: string;
  userId: string;
  token: Token;
  /** Sends the token as subprotocol instead of in the first message. */
  tokenAsProtocol?: boolean | undefined;
}

/** The WebSocket of a session: batches out, messages in, and again from the last acknowledged sample after a break. */
export class Stream {
  private socket: WebSocket | null = null;
  private nonce = '';
  private token = '';
  private welcomed = false;
  private attempt = 0;
  private refusals = 0;
  private notBefore = 0;
  private stopped = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly pacer = setInterval(() => this.flush(), PACE_MS);
  private readonly wake = () => this.socket || this.again(0);

  constructor(
    private readonly course: Course,
    private readonly outbox: Outbox,
    private readonly facts: () => Omit<Behavior, 'events'>,
    private readonly heard: (message: Message) => void,
    private readonly refused: () => void,
  ) {
    addEventListener('online', this.wake);
    void this.connect();
  }

  /** Sends what waits, as far as the server keeps up. */
  flush(): void {
    while (this.welcomed && this.socket?.readyState === OPEN) {
      const events = this.outbox.take(LIMITS.BATCH);
      if (!events.length) return;
      this.say(this.batch(events));
    }
  }

  /** The page goes: what is not acknowledged goes once more by a request that outlives it. Numbers keep it single. */
  leave(): void {
    this.flush();
    const { sessionId, userId } = this.course;
    const events = this.outbox.first(LIMITS.BATCH);
    if (!events.length || !this.nonce) return;
    const body = JSON.stringify(this.batch(events));
    const headers = { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' };
    const query = `userId=${encodeURIComponent(userId)}`;
    const url = `${this.course.url}/api/v1/sessions/${encodeURIComponent(sessionId)}/events?${query}`;
    fetch(url, { method: 'POST', headers, body, keepalive: true, credentials: 'omit' }).catch(() => undefined);
  }

  /** Answers a challenge. False while there is no connection. */
  verify(mpin: string): boolean {
    if (!this.welcomed || this.socket?.readyState !== OPEN) return false;
    this.say({ type: 'mpin_verify', mpin });
    return true;
  }

  /** Ends the stream for good. */
  stop(): void {
    this.stopped = true;
    clearInterval(this.pacer);
    clearTimeout(this.timer);
    removeEventListener('online', this.wake);
    this.socket?.close(1000);
    this.socket = null;
    this.token = '';
  }

  private batch(events: Sample[]): Batch {
    const { sessionId, userId } = this.course;
    return { sessionId, userId, nonce: this.nonce, firstSeq: events[0]!.seq, ...this.facts(), events };
  }

  /** By which the server knows these samples again when the stream brings them too; null where it can not. */
  named(events: readonly Sample[]): { nonce: string; firstSeq: number } | null {
    const firstSeq = events[0]?.seq;
    return firstSeq && this.nonce && !this.outbox.renumbered ? { nonce: this.nonce, firstSeq } : null;
  }

  private say(message: object): void {
    this.socket!.send(JSON.stringify(message));
  }

  private async connect(): Promise<void> {
    const { course } = this;
    try {
      this.token = await tokenOf(course.token);
    } catch {
      return this.again();
    }
    const { token } = this;
    if (this.stopped || this.socket) return;
    const url = `${course.url.replace(/^http/, 'ws')}/api/v1/behavior/${encodeURIComponent(course.sessionId)}`;
    const socket = new WebSocket(url, course.tokenAsProtocol ? ['watchword', token] : ['watchword']);
    this.socket = socket;
    socket.onopen = () => this.hello(course.tokenAsProtocol ? undefined : token);
    socket.onmessage = (event) => this.socket === socket && this.hear(JSON.parse(event.data) as Message);
    socket.onclose = (event) => this.socket === socket && this.lost(event.code);
  }

  private hello(token?: string): void {
    const known = this.nonce ? { nonce: this.nonce, lastSeq: this.outbox.acknowledged } : {};
    this.say({ type: 'hello', token, userId: this.course.userId, ...known });
  }

  private hear(message: Message): void {
    if (message.type === 'welcome') {
      this.outbox.resume(message.seq, message.nonce !== this.nonce);
      this.nonce = message.nonce;
      this.welcomed = true;
      this.attempt = this.refusals = 0;
    } else if (message.type === 'risk_update') this.outbox.acknowledge(message.seq);
    else if (message.type === 'error') this.mend(message);
    this.heard(message);
    this.flush();
  }

  /**
   * A refused batch: again later where the server had too much to do, or one before it is missing; dropped where it will
   * never be taken.
   */
  private mend({ code, seq, retryAfterS }: Refused): void {
    if (retryAfterS) this.notBefore = Date.now() + 1000 * retryAfterS;
    if (seq === undefined) return;
    if (/GAP|LIMIT|STORE|INTERNAL/.test(code)) this.socket?.close(1000);
    else this.outbox.skip(seq);
  }

  private lost(code: number): void {
    this.socket = null;
    this.welcomed = false;
    if (this.stopped) return;
    if (code === CLOSED.BLOCKED) return this.heard({ type: 'session_blocked', reason: '' });
    if (code !== CLOSED.BAD_TOKEN) return this.again();
    if (typeof this.course.token === 'function' && this.refusals++ < 2) return this.again();
    this.refused();
  }

  private again(wait = pause(this.attempt++)): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.connect(), Math.max(wait, this.notBefore - Date.now()));
  }
}

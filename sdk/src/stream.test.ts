import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from './messages.js';
import { Outbox } from './outbox.js';
import type { Batch, Sample } from './samples.js';
import { pause, Stream } from './stream.js';

test('pauses double to half a minute, and are never all the same', () => {
  assert.deepEqual([0, 1, 2, 3].map((attempt) => pause(attempt, 1)), [500, 1000, 2000, 4000]);
  assert.equal(pause(3, 0), 2000);
  assert.equal(pause(50, 1), 30_000);
});

/** A WebSocket that says what it is told to, and keeps what it is sent. */
class Socket {
  static opened: Socket[] = [];
  readyState = 1;
  sent: Record<string, unknown>[] = [];
  onopen?: () => void;
  onmessage?: (event: { data: string }) => void;
  onclose?: (event: { code: number }) => void;

  constructor() {
    Socket.opened.push(this);
    queueMicrotask(() => this.onopen?.());
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(code: number): void {
    this.readyState = 3;
    queueMicrotask(() => this.onclose?.({ code }));
  }

  say(message: Message): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  /** The numbers of the samples that it was sent. */
  get seqs(): number[] {
    return this.sent.flatMap((one) => (one as unknown as Batch).events ?? []).map((one) => one.seq);
  }
}

const welcome = (seq: number): Message => ({
  type: 'welcome', sessionId: 's1', nonce: 's.1', seq, riskScore: 0, level: 'normal', expiresAt: '',
});

async function until(what: () => boolean): Promise<void> {
  for (const began = Date.now(); !what(); ) {
    assert.ok(Date.now() - began < 10_000, 'it did not happen');
    await new Promise((done) => setTimeout(done, 5));
  }
}

test('where a batch before one is missing, all goes out again from the last durable sample, none twice in a row', async () => {
  Object.assign(globalThis, { WebSocket: Socket, addEventListener() {}, removeEventListener() {} });
  const outbox = new Outbox();
  for (let seq = 1; seq <= 600; seq++) outbox.put({ type: 'scroll', x: 0, y: seq, seq, t: seq } as Sample);
  const facts = () => ({ clock: { granularityMs: 0.1 }, screen: { w: 1, h: 1, dpr: 1 } });
  const course = { url: 'http://localhost', sessionId: 's1', userId: 'ada', token: 't' };
  const stream = new Stream(course, outbox, facts, () => undefined, () => undefined);
  try {
    await until(() => Socket.opened.length === 1);
    const [first] = Socket.opened;
    first!.say(welcome(0));
    assert.equal(first!.seqs.length, 600);
    first!.say({ type: 'risk_update', seq: 250, riskScore: 0, level: 'normal', factors: [] });
    first!.say({ type: 'error', code: 'GAP', message: 'Sample 251 of this stream is missing.', seq: 250 });
    await until(() => Socket.opened.length === 2);
    const second = Socket.opened[1]!;
    await until(() => second.sent.length === 1);
    assert.deepEqual([second.sent[0]!.nonce, second.sent[0]!.lastSeq], ['s.1', 250]);
    second.say(welcome(250));
    assert.deepEqual(second.seqs, Array.from({ length: 350 }, (_, at) => 251 + at));
    second.say({ type: 'risk_update', seq: 600, riskScore: 0, level: 'normal', factors: [] });
    assert.deepEqual([outbox.length, outbox.acknowledged], [0, 600]);
  } finally {
    stream.stop();
  }
});

import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { Watchword, WatchwordError } from './node.js';

interface Seen {
  request: string;
  authorization: string | undefined;
  body: unknown;
}

async function served(answers: Record<string, [number, unknown]>, use: (url: string, seen: Seen[]) => Promise<void>) {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const name = `${request.method} ${request.url}`;
    const text = await read(request);
    seen.push({ request: name, authorization: request.headers.authorization, body: text ? JSON.parse(text) : null });
    const [status, body] = answers[name] ?? [404, { code: 'NOT_FOUND', detail: 'There is nothing at this path.' }];
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body === null ? undefined : JSON.stringify(body));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function read(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request) text += part;
  return text;
}

const OPENED = { sessionId: 's1', sessionToken: 'secret', expiresAt: '2026-11-21T00:00:00Z' };
const SCORE = { trustScore: 88, isAnomaly: false, topReasons: [], aiAnalysis: '', confidence: 0.4, phase: 'learning' };

test('a session is opened, scored and ended with the key', async () => {
  const answers: Record<string, [number, unknown]> = {
    'POST /api/v1/sessions': [201, OPENED],
    'POST /api/v1/behavior/score': [200, SCORE],
    'DELETE /api/v1/sessions/s1?userId=ada%2F1': [204, null],
  };
  await served(answers, async (url, seen) => {
    const watchword = new Watchword(`${url}/`, async () => 'key');
    assert.deepEqual(await watchword.startSession('s1', 'ada/1', { method: 'pin' }), OPENED);
    watchword.addEvent({ event_type: 'typing_pattern', features: { typing_speed: 65 } });
    assert.deepEqual(await watchword.score('ada/1', 's1', watchword.getEvents(), { amount: 5 }), SCORE);
    watchword.clearEvents();
    assert.deepEqual(watchword.getEvents(), []);
    await watchword.endSession();
    assert.deepEqual(seen.map((one) => one.request), Object.keys(answers));
    assert.ok(seen.every((one) => one.authorization === 'Bearer key'));
    assert.deepEqual(seen[1]!.body, {
      userId: 'ada/1', sessionId: 's1', events: [{ event_type: 'typing_pattern', features: { typing_speed: 65 } }],
      context: { amount: 5 },
    });
  });
});

test('a problem document becomes an error with its code', async () => {
  const answers: Record<string, [number, unknown]> = {
    'POST /api/v1/behavior/score': [400, { code: 'INVALID_INPUT', detail: 'userId is missing.' }],
  };
  await served(answers, async (url) => {
    const failed = new Watchword(url, 'key').score('', 's1', []);
    await assert.rejects(failed, (error: WatchwordError) => error.code === 'INVALID_INPUT' && error.status === 400);
  });
});

test('no server is an error too', async () => {
  const failed = new Watchword('http://127.0.0.1:9', 'key').score('ada', 's1', []);
  await assert.rejects(failed, (error: WatchwordError) => error.code === 'OFFLINE');
});

test('ending what was not started is refused', async () => {
  await assert.rejects(new Watchword('http://127.0.0.1:9', 'key').endSession(), /No session/);
});

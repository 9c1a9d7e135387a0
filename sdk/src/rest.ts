import { WatchwordError } from './errors.js';
import type { ClockFacts, Sample, ScreenFacts } from './samples.js';

/** Who asks: the token of a session or a person, or an application's key; or a function that gives a fresh one. */
export type Token = string | (() => string | Promise<string>);

/** What came of comparing events with their owner. */
export interface Score {
  /** 0-100: the calibrated probability that the owner, a person, is acting. */
  trustScore: number;
  isAnomaly: boolean;
  topReasons: { code: string; message: string; contribution: number }[];
  aiAnalysis: string;
  confidence: number;
  phase: 'learning' | 'continuous';
}

/** What the application knows of what is being done: amount, beneficiary, ... */
export type Context = Record<string, unknown>;

/** What is scored. */
export interface Scored {
  userId: string;
  sessionId: string;
  events: readonly (Sample | Record<string, unknown>)[];
  context?: Context | undefined;
  clock?: ClockFacts;
  screen?: ScreenFacts;
  nonce?: string;
  firstSeq?: number;
}

/** Watchword's HTTP interface, for one caller. */
export class Rest {
  constructor(
    readonly url: string,
    private readonly token: Token,
  ) {}

  /** Asks for the trust in whoever made these events. Raises WatchwordError with the problem document's code. */
  score(scored: Scored): Promise<Score> {
    return this.send('POST', '/api/v1/behavior/score', scored) as Promise<Score>;
  }

  /** Log-out. Goes out even while the page is being left. */
  async end(sessionId: string, userId?: string): Promise<void> {
    const query = userId ? `?userId=${encodeURIComponent(userId)}` : '';
    await this.send('DELETE', `/api/v1/sessions/${encodeURIComponent(sessionId)}${query}`);
  }

  /** One request. Raises WatchwordError. */
  async send(method: string, path: string, body?: unknown): Promise<unknown> {
    const headers: Record<string, string> = { authorization: `Bearer ${await tokenOf(this.token)}` };
    if (body !== undefined) headers['content-type'] = 'application/json';
    const text = JSON.stringify(body);
    const keepalive = (text?.length ?? 0) < 60_000;
    const options = { method, headers, body: text, keepalive, credentials: 'omit', cache: 'no-store' } as RequestInit;
    const answer = await fetch(this.url + path, options).catch((error) => {
      throw new WatchwordError('OFFLINE', String(error));
    });
    const found = answer.status === 204 ? null : await answer.json().catch(() => null);
    if (answer.ok) return found;
    throw new WatchwordError(found?.code ?? 'HTTP', found?.detail ?? answer.statusText, answer.status);
  }
}

/** The token, asked for where the application gave a function. */
export async function tokenOf(token: Token): Promise<string> {
  return typeof token === 'function' ? token() : token;
}

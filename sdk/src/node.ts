/**
 * For an application's server (Node 18 or newer): sessions and scores over HTTP, with a service key. No page, no
 * collecting.
 */
import { WatchwordError } from './errors.js';
import { Rest, type Context, type Score, type Token } from './rest.js';
import type { Sample } from './samples.js';

export { WatchwordError, type Context, type Score, type Token };

/** What a session is opened with, beside its user. */
export interface Opening {
  method?: string;
  ip?: string;
  [more: string]: unknown;
}

/** A session that was opened: hand `sessionToken` to the browser of this user and to nobody else. */
export interface Opened {
  sessionId: string;
  sessionToken: string;
  expiresAt: string;
}

/** Watchword as seen from an application's server. */
export class Watchword {
  private readonly rest: Rest;
  private held: Record<string, unknown>[] = [];
  private current: { sessionId: string; userId: string } | null = null;

  /** `url` of Watchword, and the service key (or a function that gives it). */
  constructor(url: string, key: Token) {
    this.rest = new Rest(url.replace(/\/$/, ''), key);
  }

  /** Opens a session for a user who has just logged in. Raises WatchwordError. */
  async startSession(sessionId: string | undefined, userId: string, opening: Opening = {}): Promise<Opened> {
    const opened = (await this.rest.send('POST', '/api/v1/sessions', { userId, sessionId, ...opening })) as Opened;
    this.current = { sessionId: opened.sessionId, userId };
    return opened;
  }

  /** Events that the application noted itself, for `score`. */
  getEvents(): Record<string, unknown>[] {
    return [...this.held];
  }

  /** Notes a high-level event: `{event_type: 'typing_pattern', features: {...}}`; at most 500 are held. */
  addEvent(event: Record<string, unknown>): void {
    if (this.held.push(event) > 500) this.held.shift();
  }

  clearEvents(): void {
    this.held = [];
  }

  /** How much these events look like the user. Raises WatchwordError. */
  score(
    userId: string,
    sessionId: string,
    events: readonly (Sample | Record<string, unknown>)[] = this.held,
    context?: Context,
  ): Promise<Score> {
    return this.rest.score({ userId, sessionId, events, context });
  }

  /** Log-out. Without arguments: of the session that was started last. */
  async endSession(sessionId?: string, userId?: string): Promise<void> {
    const ending = sessionId ? { sessionId, userId } : this.current;
    if (!ending) throw new WatchwordError('NO_SESSION', 'No session was started.');
    await this.rest.end(ending.sessionId, ending.userId);
    if (this.current?.sessionId === ending.sessionId) this.current = null;
  }
}

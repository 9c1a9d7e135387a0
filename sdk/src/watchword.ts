import { mayCollect } from './consent.js';
import { Emitter } from './emitter.js';
import { WatchwordError } from './errors.js';
import type { Message, MpinRequired, MpinResult, RiskUpdate, SessionBlocked } from './messages.js';
import type { Counts } from './recorder.js';
import { Rest, type Context, type Score, type Token } from './rest.js';
import type { Sample } from './samples.js';
import { Screens } from './screens.js';
import { Session, type SessionOptions } from './session.js';
import type { Words } from './words.js';

export { recordForm, type FormOptions, type RecordedForm } from './form.js';
export { WatchwordError } from './errors.js';
export type * from './samples.js';
export type * from './messages.js';
export type { Context, Counts, Score, SessionOptions, Token, Words };

/** What can be listened to. */
export interface Messages {
  /** The risk was told anew. */
  risk: RiskUpdate;
  mpin_required: MpinRequired;
  mpin_result: MpinResult;
  session_blocked: SessionBlocked;
  /** The token is no longer good and no other could be had: the session is not followed any more. */
  unauthenticated: { sessionId: string };
}

/** How a session is followed and what the person is shown. */
export interface Options extends SessionOptions {
  /** False leaves MPIN dialog and blocked screen to the application. */
  dialogs?: boolean | undefined;
  /** Texts in the person's language. */
  words?: Partial<Words> | undefined;
  /** Where "Sign in again" on the blocked screen leads; without it there is no such link. */
  signInUrl?: string | undefined;
  /** Called when the session was blocked, and when the person logs out in the MPIN dialog. */
  onLogout?: ((reason: 'blocked' | 'logout') => void) | undefined;
}

const emitter = new Emitter<Messages>();
const home = originOf((document.currentScript as HTMLScriptElement | null)?.src);
let wanted: { id: string; userId: string; options: Options } | null = null;
let session: Session | null = null;
let screens: Screens | null = null;

/**
 * Follows a session: collects from the declared fields and, with a token, streams to Watchword. Only with consent, and
 * not against Global Privacy Control. A session that is followed already is left first.
 */
export function startSession(sessionId: string, userId: string, options: Options = {}): void {
  leave();
  wanted = { id: sessionId, userId, options: { ...options } };
  screens = options.dialogs === false ? null : new Screens(options.words);
  follow();
}

/** Says whether the person consents. Taking it back stops everything and forgets what was not sent. */
export function consent(given: boolean): void {
  if (!wanted) return;
  wanted.options.consent = given;
  follow();
}

/** What was collected since the last `clearEvents`: at most the newest 2,000 samples. */
export function getEvents(): Sample[] {
  return session?.events() ?? [];
}

/** Forgets what was collected for `score`. The stream is not touched. */
export function clearEvents(): void {
  session?.clear();
}

/** How many samples were taken, refused, repeated, untrusted, and how many wait for the server. */
export function getCounts(): (Counts & { waiting: number }) | null {
  return session?.counts() ?? null;
}

/**
 * How much these events look like the user, 0-100 with all reasons. Raises WatchwordError: NO_CONSENT, NO_SESSION
 * without a token, or what the server answered.
 */
export async function score(
  userId: string,
  sessionId: string,
  events: readonly (Sample | Record<string, unknown>)[] = getEvents(),
  context?: Context,
): Promise<Score> {
  const api = await rest();
  const raw = events.every((one) => 'seq' in one);
  const scored = raw && session ? session.scored(events as Sample[]) : { events };
  return api.score({ userId, sessionId, context, ...scored });
}

/** Answers a challenge, for applications with a dialog of their own. False while there is no connection. */
export function verifyMpin(mpin: string): boolean {
  return session?.verify(mpin) ?? false;
}

/** Log-out: sends what waits, ends the session on the server where there is a token, and stops. */
export async function endSession(): Promise<void> {
  const ending = wanted;
  const asked = ending?.options.token && session ? rest() : null;
  session?.flush();
  const api = await asked;
  if (wanted === ending) leave();
  await api?.end(ending!.id, ending!.userId).catch((error: WatchwordError) => {
    if (error.status !== 401 && error.status !== 404) throw error;
  });
}

/** Calls `heard` for each such message; the answer takes the listener away. */
export function on<N extends keyof Messages>(name: N, heard: (message: Messages[N]) => void): () => void {
  return emitter.on(name, heard);
}

/** Collects where that is wanted and allowed, and stops where not. */
function follow(): void {
  const allowed = wanted && mayCollect(wanted.options);
  if (allowed && !session) {
    const options = { ...wanted!.options, url: wanted!.options.url?.replace(/\/$/, '') ?? home };
    session = new Session(wanted!.id, wanted!.userId, options, hear, refused);
  } else if (!allowed) {
    session?.stop();
    session = null;
  }
}

function leave(): void {
  session?.stop();
  screens?.close();
  session = screens = wanted = null;
}

async function rest(): Promise<Rest> {
  if (!wanted) throw new WatchwordError('NO_SESSION', 'Call startSession first.');
  if (!mayCollect(wanted.options)) throw new WatchwordError('NO_CONSENT', 'Nothing is sent without consent.');
  const { token, url } = wanted.options;
  if (!token) throw new WatchwordError('NO_SESSION', 'startSession was given no token.');
  return new Rest(url?.replace(/\/$/, '') ?? home, token);
}

function hear(message: Message): void {
  if (message.type === 'risk_update') {
    if (message.level === 'normal') screens?.answer(true, 0); // answered elsewhere: nothing else lowers it
    emitter.emit('risk', message);
  } else if (message.type === 'mpin_required') require(message);
  else if (message.type === 'mpin_result') {
    screens?.answer(message.verified, message.attemptsLeft);
    emitter.emit('mpin_result', message);
  } else if (message.type === 'session_blocked') block(message);
  else if (message.type === 'welcome') {
    const { seq, riskScore, level } = message;
    emitter.emit('risk', { type: 'risk_update', seq, riskScore, level, factors: [] });
  } else screens?.retry();
}

function require(message: MpinRequired): void {
  screens?.ask({ verify: verifyMpin, logOut });
  emitter.emit('mpin_required', message);
}

function logOut(): void {
  const after = wanted?.options.onLogout;
  void endSession()
    .catch(() => undefined)
    .then(() => after?.('logout'));
}

function block(message: SessionBlocked): void {
  const { onLogout, signInUrl } = wanted?.options ?? {};
  const shown = screens;
  session?.stop();
  session = wanted = null;
  shown?.block(signInUrl);
  emitter.emit('session_blocked', message);
  onLogout?.('blocked');
}

function refused(): void {
  const sessionId = wanted?.id ?? '';
  leave();
  emitter.emit('unauthenticated', { sessionId });
}

function originOf(address: string | undefined): string {
  return address ? new URL(address).origin : location.origin;
}

import { mayCollect, type Consented } from '../consent.js';
import { digest } from '../digest.js';
import { WatchwordError } from '../errors.js';
import { tokenOf, type Token } from '../rest.js';
import { bots } from './bots.js';
import { browserInfo, deviceInfo, fingerprint, type DeviceData } from './components.js';
import { results, within, type Hint } from './probe.js';
import { QUICK } from './quick.js';
import { slow } from './slow.js';

export type { DeviceData, Hint };

/** How long drawing, sounding and listing may take: a tenth of it is usual. */
const PATIENCE_MS = 3000;
const PATH = '/api/fraud-detection/device-fingerprint';

/** The body of the device-fingerprint call. `hints` are raw: what they mean the server decides. */
export interface DeviceReport {
  deviceData: DeviceData;
  hints: Hint[];
  sessionId?: string;
  geolocation?: { lat: number; lng: number };
}

/** Whether and where the device is told. */
export interface DeviceOptions extends Consented {
  token?: Token | undefined;
  /** The session whose token is given. */
  sessionId?: string | undefined;
  url?: string | undefined;
  /** Where the application knows it; the browser is never asked. */
  geolocation?: { lat: number; lng: number } | undefined;
}

/** What the server knows the device as. `id` is null where the person does not consent, as the server knows. */
export interface KnownDevice {
  id: string | null;
  fingerprint: string | null;
  trustLevel: string;
  riskFactors: { factor: string; severity: string }[];
  known: boolean;
}

/** What `identify` was last told: the id stands for the device, whoever uses it. */
let told: KnownDevice | null = null;

const home = originOf((document.currentScript as HTMLScriptElement | null)?.src);

/** What is seen at once, without waiting (a few ms): for the first beacon, or beside a log-in. Null without consent. */
export function look(options: DeviceOptions): DeviceReport | null {
  if (!mayCollect(options)) return null;
  const { geolocation, sessionId } = options;
  const deviceData = { deviceInfo: deviceInfo(), browserInfo: {} };
  return { deviceData, hints: results(QUICK), ...(sessionId && { sessionId }), ...(geolocation && { geolocation }) };
}

/**
 * Everything: the look, then components, BotD's findings and slow probes. What a browser does not answer in time is left
 * out: three seconds at most. Null without consent.
 */
export async function collect(options: DeviceOptions): Promise<DeviceReport | null> {
  const seen = look(options);
  if (!seen) return null;
  const [found, automated, more] = await Promise.all([within(fingerprint(), null, PATIENCE_MS), within(bots(), []), slow()]);
  return {
    ...seen,
    deviceData: { ...seen.deviceData, browserInfo: found ? browserInfo(found, digest) : {} },
    hints: [...seen.hints, ...automated, ...more],
  };
}

/**
 * Tells the server of this device: a first beacon at once, which also those send that leave or stop scripts, then
 * everything. The answer is what the server knows the device as; null without consent. Raises WatchwordError.
 */
export async function identify(options: DeviceOptions): Promise<KnownDevice | null> {
  const first = look(options);
  if (!first) return null;
  const token = options.token === undefined ? '' : await tokenOf(options.token);
  const url = (options.url?.replace(/\/$/, '') ?? home) + PATH;
  post(url, token, first).catch(() => undefined);
  const whole = await collect(options);
  const answer = await post(url, token, whole!);
  const found = await answer.json().catch(() => null);
  if (!answer.ok) throw new WatchwordError(found?.code ?? 'HTTP', found?.detail ?? answer.statusText, answer.status);
  return (told = found as KnownDevice);
}

/**
 * The device as an event's `deviceFingerprint` takes it. Its hash is the id that `identify` was told on this page, or
 * that of `known`, which an application remembered from an earlier one. Only where neither is there does it stand for the
 * look alone, which changes with every zoom, trip and update: to the server that is another device each time.
 */
export function asFingerprint(report: DeviceReport, known: Pick<KnownDevice, 'id'> | null = told): Record<string, unknown> {
  const { deviceData: { deviceInfo: of, browserInfo }, hints } = report;
  return {
    hash: known?.id ?? browserInfo.visitorId ?? digest(JSON.stringify(of)),
    userAgent: of.userAgent,
    screenResolution: of.screenResolution,
    timezone: of.timezone,
    language: of.language,
    platform: of.platform || undefined,
    webdriver: navigator.webdriver,
    canvas: browserInfo.canvas || undefined,
    touchPoints: of.touchPoints,
    hints,
  };
}

/** With the device's cookie, also from pages of another origin: there the server allows it on this call alone. */
function post(url: string, token: string, report: DeviceReport): Promise<Response> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (token) headers.authorization = `Bearer ${token}`;
  const body = JSON.stringify(report);
  return fetch(url, { method: 'POST', headers, body, keepalive: true, credentials: 'include' });
}

function originOf(address: string | undefined): string {
  return address ? new URL(address).origin : location.origin;
}

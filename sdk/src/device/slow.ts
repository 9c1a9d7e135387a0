import { within, type Hint } from './probe.js';

const WORKER = `const n=navigator;postMessage({userAgent:n.userAgent,platform:n.platform,languages:n.languages.join(','),
hardwareConcurrency:n.hardwareConcurrency})`;

type Facts = Record<string, string | number>;

/** What takes a moment: a worker, a frame, permissions and the long list of brands. Each waits a second at most. */
export async function slow(): Promise<Hint[]> {
  const all = await Promise.all([inWorker(), inFrame(), permissions(), brands()].map((one) => within(one, [])));
  return all.flat();
}

/** Where a worker's navigator differs from the page's: stealth plug-ins dress up the page only. */
async function inWorker(): Promise<Hint[]> {
  const address = URL.createObjectURL(new Blob([WORKER], { type: 'text/javascript' }));
  try {
    const worker = new Worker(address);
    const told = await new Promise<Facts>((done, failed) => {
      worker.onmessage = (event) => done(event.data as Facts);
      worker.onerror = failed;
    }).finally(() => worker.terminate());
    return [{ name: 'workerMismatch', value: different(told, of(navigator)) }];
  } catch {
    return [{ name: 'workerRefused', value: true }];
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** What a fresh frame, which nobody patched, says. */
async function inFrame(): Promise<Hint[]> {
  const frame = document.createElement('iframe');
  frame.hidden = true;
  document.documentElement.append(frame);
  const inner = frame.contentWindow!.navigator;
  const found: Hint[] = [
    { name: 'frameWebdriver', value: inner.webdriver },
    { name: 'frameMismatch', value: different(of(inner), of(navigator)) },
  ];
  frame.remove();
  return found;
}

async function permissions(): Promise<Hint[]> {
  if (typeof Notification === 'undefined' || !navigator.permissions) return [];
  const { state } = await navigator.permissions.query({ name: 'notifications' });
  const shown = Notification.permission;
  const mismatch = (shown === 'default' && state === 'denied') || (shown === 'denied' && state === 'prompt');
  return [{ name: 'permissionMismatch', value: mismatch }];
}

interface Brands {
  brands: { brand: string }[];
  getHighEntropyValues(hints: string[]): Promise<Record<string, unknown>>;
}

async function brands(): Promise<Hint[]> {
  const data = (navigator as { userAgentData?: Brands }).userAgentData;
  if (!data) return [];
  const asked = ['fullVersionList', 'platformVersion', 'architecture', 'bitness', 'model'];
  const { fullVersionList = [], ...rest } = await data.getHighEntropyValues(asked);
  const list = fullVersionList as { brand: string; version: string }[];
  const missing = data.brands.some(({ brand }) => !list.some((one) => one.brand === brand));
  const more = ['platformVersion', 'architecture', 'bitness', 'model'].map((name) => ({ name, value: String(rest[name] ?? '') }));
  return [
    { name: 'brandsMismatch', value: missing },
    { name: 'fullVersionListEmpty', value: list.length === 0 },
    { name: 'fullVersions', value: list.map((one) => `${one.brand};${one.version}`).join(',').slice(0, 256) },
    ...more.filter((one) => one.value),
  ];
}

function of(nav: Navigator): Facts {
  const { userAgent, platform, hardwareConcurrency } = nav;
  return { userAgent, platform, hardwareConcurrency, languages: nav.languages.join(',') };
}

function different(one: Facts, other: Facts): string {
  return Object.keys(other).filter((name) => one[name] !== other[name]).join(',');
}

import type { Probe } from './probe.js';

const TRACES = /^(\$?cdc_|\$chrome_asyncScriptInfo|__pw|__playwright|__puppeteer|__nightmare|__selenium|__webdriver|__driver|callPhantom|_phantom|domAutomation|_Selenium|__fxdriver)/;
const nav = navigator as Navigator & {
  userAgentData?: { brands?: { brand: string; version: string }[]; mobile?: boolean; platform?: string };
};

/**
 * What is told at once, in the first 50 ms: research/devices-networks-identity.md 1.3. Nothing here waits, draws or
 * changes the page.
 */
export const QUICK: Record<string, Probe> = {
  webdriver: () => nav.webdriver,
  webdriverMissing: () => !('webdriver' in Navigator.prototype),
  webdriverOwn: () => Object.getOwnPropertyNames(nav).length > 0,
  webdriverThrows: () => throws(() => Navigator.prototype.webdriver),
  headlessAgent: () => /headless/i.test(nav.userAgent),
  headlessVersion: () => /headless/i.test(nav.appVersion),
  brands: () => nav.userAgentData?.brands?.map((one) => `${one.brand};${one.version}`).join(','),
  brandsEmpty: () => nav.userAgentData?.brands && nav.userAgentData.brands.length === 0,
  traces: () => traces().join(',') || null,
  devtools: cdp,
  windowWiderThanScreen: () => outerWidth > screen.width + 16,
  noWindowFrame: () => outerHeight === innerHeight && !/Mobi|Android|iPad/.test(nav.userAgent),
  screen800x600: () => screen.width === 800 && screen.height === 600,
  noOuterWindow: () => outerWidth === 0,
  notificationPermission: () => (typeof Notification === 'undefined' ? null : Notification.permission),
  nativeTampered: tampered,
  proxied: proxied,
  noLanguages: () => nav.languages.length === 0,
  languageMismatch: () => nav.languages.length > 0 && nav.languages[0] !== nav.language,
  noChromeObject: () => /Chrome\//.test(nav.userAgent) && !('chrome' in window),
  evalLength: () => eval.toString().length,
  documentTraces: () => [...document.documentElement.getAttributeNames()].filter((one) => /driver|selenium/.test(one)).join(',') || null,
  timezone: () => Intl.DateTimeFormat().resolvedOptions().timeZone,
};

function traces(): string[] {
  const names = new Set([...Object.getOwnPropertyNames(window), ...Object.getOwnPropertyNames(document)]);
  return [...names].filter((name) => TRACES.test(name)).slice(0, 8);
}

/**
 * Whether something is attached that formats what is logged: DevTools' protocol, so an automation tool, or a person with
 * the developer tools open. The getter on `error.stack` that did this before is dead since Chromium 140.
 */
function cdp(): boolean {
  let seen = false;
  const before = Error.prepareStackTrace;
  try {
    Error.prepareStackTrace = () => {
      seen = true;
      return '';
    };
    console.debug(new Error(''));
  } finally {
    if (before) Error.prepareStackTrace = before;
    else delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace;
  }
  return seen;
}

declare global {
  interface ErrorConstructor {
    prepareStackTrace?: (error: Error, frames: unknown) => unknown;
  }
}

/** Native functions that do not say `[native code]`, or getters that answer for a wrong `this`; by name. */
function tampered(): string | null {
  const native = (one: unknown) => typeof one === 'function' && /\[native code\]/.test(Function.prototype.toString.call(one));
  const found: string[] = [];
  for (const name of ['webdriver', 'userAgent', 'platform', 'languages', 'plugins', 'hardwareConcurrency']) {
    const getter = Object.getOwnPropertyDescriptor(Navigator.prototype, name)?.get;
    if (getter && (!native(getter) || !throws(() => getter.call({})))) found.push(name);
  }
  if (!native(Function.prototype.toString)) found.push('toString');
  if ('permissions' in nav && !native(nav.permissions.query)) found.push('query');
  if (!native(HTMLCanvasElement.prototype.toDataURL)) found.push('toDataURL');
  return found.join(',') || null;
}

/** Whether functions are proxies: setting a prototype to itself then fails somewhere else than natively. */
function proxied(): boolean {
  const functions = [Function.prototype.toString, nav.permissions?.query];
  return functions.some((one) => {
    if (!one) return false;
    const before = Object.getPrototypeOf(one);
    try {
      Object.setPrototypeOf(one, Object.create(one));
      return true;
    } catch (error) {
      return !(error instanceof TypeError) || /Reflect|Object\.apply/.test((error as Error).stack ?? '');
    } finally {
      Object.setPrototypeOf(one, before);
    }
  });
}

function throws(act: () => unknown): boolean {
  try {
    act();
    return false;
  } catch {
    return true;
  }
}

import { load, type Agent, type GetResult } from '@fingerprintjs/fingerprintjs';

/** What identifies a device, as `POST /api/fraud-detection/device-fingerprint` takes it. */
export interface DeviceData {
  deviceInfo: Record<string, unknown>;
  browserInfo: Record<string, unknown>;
}

let agent: Promise<Agent> | null = null;

/** FingerprintJS, without its call home. */
export async function fingerprint(): Promise<GetResult> {
  agent ??= load({ monitoring: false });
  return (await agent).get();
}

/** What needs no waiting. */
export function deviceInfo(): Record<string, unknown> {
  const nav = navigator as Navigator & { deviceMemory?: number; globalPrivacyControl?: boolean };
  return {
    userAgent: nav.userAgent,
    platform: nav.platform,
    language: nav.language,
    languages: [...nav.languages],
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    screenResolution: `${screen.width}x${screen.height}`,
    colorDepth: screen.colorDepth,
    pixelRatio: devicePixelRatio,
    hardwareConcurrency: nav.hardwareConcurrency,
    deviceMemory: nav.deviceMemory,
    touchPoints: nav.maxTouchPoints,
    cookies: nav.cookieEnabled,
    doNotTrack: nav.doNotTrack === '1',
    globalPrivacyControl: nav.globalPrivacyControl === true,
  };
}

/** The components that are drawn, sounded and listed. Pictures are told as hashes, never as pictures. */
export function browserInfo({ visitorId, components }: GetResult, digest: (text: string) => string): Record<string, unknown> {
  const value = <T>(one: { value?: T } | { error: unknown }): T | undefined => ('value' in one ? one.value : undefined);
  const canvas = value(components.canvas);
  const webgl = value(components.webGlBasics);
  const extensions = value(components.webGlExtensions);
  const basics = typeof webgl === 'object' ? webgl : null;
  return {
    visitorId,
    plugins: value(components.plugins)?.map((one) => one.name) ?? [],
    fonts: value(components.fonts) ?? [],
    canvas: canvas && digest(canvas.geometry + canvas.text),
    webgl: basics && `${basics.vendorUnmasked || basics.vendor}, ${basics.rendererUnmasked || basics.renderer}`,
    webglExtensions: (typeof extensions === 'object' && extensions?.extensions) || [],
    audio: value(components.audio),
    localStorage: value(components.localStorage),
    sessionStorage: value(components.sessionStorage),
  };
}

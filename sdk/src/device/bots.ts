import { collect, detectors, detect, sources } from '@fingerprintjs/botd';
import type { Hint } from './probe.js';

/** What BotD's detectors say, each by name. Their verdict is one more hint to the server. */
export async function bots(): Promise<Hint[]> {
  const [each] = detect(await collect(sources), detectors);
  return Object.entries(each)
    .filter(([, one]) => one.bot)
    .map(([name, one]) => ({ name: `botd:${name}`, value: ('botKind' in one && one.botKind) || true }));
}

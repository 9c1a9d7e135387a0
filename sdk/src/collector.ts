import type { Scope } from './fields.js';
import { Handling } from './handling.js';
import { Navigation } from './navigation.js';
import { Pointing } from './pointing.js';
import type { Recorder } from './recorder.js';
import type { ScreenFacts } from './samples.js';
import { Typing, type Listen } from './typing.js';

/** Listens to the page and records, until it is stopped. It never delays or stops an event. */
export class Collector {
  private readonly gone = new AbortController();
  private readonly navigation: Navigation;

  constructor(recorder: Recorder, scope: Scope, motion = true) {
    const options = { capture: true, passive: true, signal: this.gone.signal };
    const listen: Listen = (on, names, heard) => {
      for (const name of names.split(' ')) on.addEventListener(name, heard, options);
    };
    this.navigation = new Navigation(recorder, listen);
    new Typing(recorder, scope, listen);
    new Pointing(recorder, scope, listen);
    if (motion) new Handling(recorder, listen);
  }

  /** Notes what no event told. */
  look(): void {
    this.navigation.look();
  }

  stop(): void {
    this.gone.abort();
  }
}

/** The screen as samples are to be read. */
export function screenFacts(): ScreenFacts {
  const dpr = Math.min(16, Math.max(0.1, Math.round(devicePixelRatio * 1000) / 1000));
  return { w: screen.width, h: screen.height, dpr };
}

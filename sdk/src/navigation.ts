import { digest } from './digest.js';
import type { Recorder } from './recorder.js';
import type { Nav } from './samples.js';
import type { Listen } from './typing.js';

const RESIZE_PAUSE_MS = 500;

/** A page without what is personal in its address: no query, and every run of digits is one 0. */
export function pageOf(location: Pick<Location, 'pathname' | 'hash'>): string {
  return digest((location.pathname + location.hash.replace(/[?&=].*/, '')).replace(/\d+/g, '0'));
}

interface Entries extends EventTarget {
  currentEntry: { index: number } | null;
}

/** Steps through the application: pages, back and forward, hidden and shown, resized. */
export class Navigation {
  private page = pageOf(location);
  private index = -1;
  private resizedAt = -Infinity;

  constructor(
    private readonly recorder: Recorder,
    listen: Listen,
  ) {
    const entries = (window as { navigation?: Entries }).navigation;
    this.index = entries?.currentEntry?.index ?? -1;
    if (entries) listen(entries, 'currententrychange', () => this.entry(entries));
    else listen(window, 'popstate', () => this.turn('back'));
    listen(window, 'hashchange', () => this.look());
    listen(window, 'pagehide', () => this.say('leave'));
    listen(window, 'pageshow', (event) => event.persisted && this.say('enter'));
    listen(document, 'visibilitychange', () => this.say(document.hidden ? 'hide' : 'show'));
    listen(window, 'resize', (event) => this.resize(event));
    this.say('enter');
  }

  /** Notes a page that was changed without an event: by `pushState`, where the browser does not tell. */
  look(): void {
    const page = pageOf(location);
    if (page === this.page) return;
    this.page = page;
    this.say('enter');
  }

  private entry(entries: Entries): void {
    const before = this.index;
    this.index = entries.currentEntry?.index ?? before;
    if (this.index === before - 1) this.turn('back');
    else this.look();
  }

  private turn(action: 'back' | 'forward'): void {
    this.page = pageOf(location);
    this.say(action);
  }

  private resize(event: Event): void {
    if (event.timeStamp - this.resizedAt > RESIZE_PAUSE_MS) this.say('resize');
    this.resizedAt = event.timeStamp;
  }

  private say(action: Nav['action']): void {
    this.recorder.take({ type: 'nav', page: this.page, action });
  }
}

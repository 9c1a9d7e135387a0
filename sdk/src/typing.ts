import { elementOf, fieldOf, isEmpty, within, type Field, type Scope } from './fields.js';
import { classOf } from './keys.js';
import { digest } from './digest.js';
import type { Recorder } from './recorder.js';
import type { Key, Paste } from './samples.js';

/** Registers a listener that goes when the collector stops. */
export type Listen = (on: EventTarget, names: string, heard: (event: any) => void) => void;

interface Held {
  field: string;
  pos: number;
  secret: boolean;
}

const PAGE = digest('page');
const VIA: Record<string, Paste['via']> = {
  insertFromPaste: 'paste', insertFromPasteAsQuotation: 'paste', insertFromDrop: 'paste', insertFromYank: 'paste',
  insertReplacementText: 'replace', insertFromComposition: 'composition',
};

/** Keys, focus and text that comes by other means, in declared fields. */
export class Typing {
  private readonly held = new Map<string, Held>();
  private readonly presses = new Map<string, number>();
  private readonly filled = new WeakSet<Element>();
  private pressed = false;

  constructor(
    private readonly recorder: Recorder,
    private readonly scope: Scope,
    listen: Listen,
  ) {
    listen(document, 'keydown', (event) => this.down(event));
    listen(document, 'keyup', (event) => this.up(event));
    listen(document, 'input', (event) => this.input(event));
    listen(document, 'compositionend', (event) => this.insert(event, 'composition'));
    listen(document, 'focusin focusout', (event) => this.focus(event));
    listen(document, 'reset', () => this.presses.clear());
    listen(window, 'blur', (event) => event.target === window && this.held.clear());
  }

  private place(event: Event): Field | { id: string; secret: false } | null {
    const element = elementOf(event);
    if (!within(this.scope, element)) return null;
    return fieldOf(element) ?? { id: PAGE, secret: false };
  }

  private down(event: KeyboardEvent): void {
    this.pressed = true;
    if (event.repeat) {
      this.recorder.counts.repeats++;
      return;
    }
    const place = this.place(event);
    if (!place) return;
    if ('element' in place) this.startOver(place);
    const pos = Math.min(this.presses.get(place.id) ?? 0, 100_000);
    this.presses.set(place.id, pos + 1);
    const held = { field: place.id, pos, secret: place.secret };
    this.held.set(event.code, held);
    this.key(event, held, true);
  }

  private up(event: KeyboardEvent): void {
    const held = this.held.get(event.code);
    this.held.delete(event.code);
    if (held) this.key(event, held, false);
  }

  private key(event: KeyboardEvent, { field, pos, secret }: Held, down: boolean): void {
    const key: Key = { type: 'key', down, field, pos };
    if (!secret) key.cls = classOf(event.code);
    this.recorder.take(key, event);
  }

  /** A field that was emptied is written anew: its presses count from 0 again. */
  private startOver(field: Field): void {
    if (!isEmpty(field) || !this.filled.has(field.element)) return;
    this.filled.delete(field.element);
    this.presses.delete(field.id);
  }

  private input(event: InputEvent): void {
    const pressed = this.pressed;
    this.pressed = false;
    const element = elementOf(event);
    if (!within(this.scope, element)) return;
    const field = fieldOf(element);
    if (!field || element.matches('[type=checkbox],[type=radio],[type=range],[type=file],[type=color],select')) return;
    this.filled.add(field.element);
    const via = cameBy(event, pressed, field.secret);
    if (via) this.recorder.take({ type: 'paste', field: field.id, via }, event);
  }

  private insert(event: Event, via: Paste['via']): void {
    const place = this.place(event);
    if (place) this.recorder.take({ type: 'paste', field: place.id, via }, event);
  }

  private focus(event: FocusEvent): void {
    const place = this.place(event);
    if (!place || place.id === PAGE) return;
    this.recorder.take({ type: 'focus', field: place.id, on: event.type === 'focusin' }, event);
  }
}

/** How text came in, null where keys wrote it. A correction in a secret field, whose key is not named, is a replacement. */
function cameBy(event: InputEvent, pressed: boolean, secret: boolean): Paste['via'] | null {
  const kind = event.inputType;
  if (!kind) return 'autofill';
  if (kind in VIA) return VIA[kind]!;
  if (event.isComposing || kind.includes('Composition')) return null;
  if (kind.startsWith('delete')) return secret ? 'replace' : null;
  return pressed ? null : 'replace';
}

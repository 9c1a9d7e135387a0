import { elementOf, within, type Scope } from './fields.js';
import type { Recorder } from './recorder.js';
import type { Pointer, Target, Touched } from './samples.js';
import type { Listen } from './typing.js';

const LINE_PX = 16;
const PRESSABLE = 'a,button,input,select,textarea,label,summary,[role],[tabindex]';

/** The mouse, the pen, fingers, the wheel and scrolling, over what was declared. */
export class Pointing {
  constructor(
    private readonly recorder: Recorder,
    private readonly scope: Scope,
    listen: Listen,
  ) {
    listen(document, 'pointermove pointerdown pointerup pointercancel', (event) => this.pointer(event));
    listen(document, 'touchstart touchmove touchend touchcancel', (event) => this.touch(event));
    listen(document, 'wheel', (event) => this.wheel(event));
    listen(document, 'scroll', (event) => this.scroll(event));
  }

  private pointer(event: PointerEvent): void {
    const element = elementOf(event);
    if (event.pointerType === 'touch' || !within(this.scope, element)) return;
    const kind = event.type.slice(7) as Pointer['kind'];
    if (kind !== 'move') {
      const pressed = kind === 'down' ? { target: boxOf(event, element) } : {};
      this.recorder.take({ ...point(event, kind), button: event.button, ...pressed }, event);
      return;
    }
    const merged = event.getCoalescedEvents?.() ?? [];
    for (const one of merged.length ? merged : [event]) this.recorder.take(point(one, kind), event, one.timeStamp);
  }

  private touch(event: TouchEvent): void {
    if (!within(this.scope, elementOf(event))) return;
    const phase = event.type.slice(5) as Touched['phase'];
    for (const one of event.changedTouches) {
      const radius = round(((one.radiusX || 0) + (one.radiusY || 0)) / 2);
      const { identifier: id, force } = one;
      const place = { x: round(one.clientX), y: round(one.clientY) };
      this.recorder.take({ type: 'touch', phase, id, ...place, radius, force: round(force || 0) }, event);
    }
  }

  private wheel(event: WheelEvent): void {
    if (!within(this.scope, elementOf(event))) return;
    const unit = [1, LINE_PX, innerHeight][event.deltaMode] ?? 1;
    this.recorder.take({ type: 'wheel', dx: round(event.deltaX * unit), dy: round(event.deltaY * unit) }, event);
  }

  private scroll(event: Event): void {
    const element = elementOf(event);
    if (!within(this.scope, element)) return;
    const whole = event.target === document;
    const place = whole ? { x: scrollX, y: scrollY } : { x: element.scrollLeft, y: element.scrollTop };
    this.recorder.take({ type: 'scroll', x: round(place.x), y: round(place.y) }, event);
  }
}

function point(event: PointerEvent, kind: Pointer['kind']): Pointer {
  const made: Pointer = { type: 'pointer', kind, x: round(event.clientX), y: round(event.clientY) };
  const pen = event.pointerType === 'pen';
  if (pen) made.device = 'pen';
  if (pen || kind === 'down') made.pressure = Math.min(1, Math.max(0, round(event.pressure)));
  return made;
}

function boxOf(event: PointerEvent, element: Element): Target {
  const box = (element.closest(PRESSABLE) ?? element).getBoundingClientRect();
  const dx = event.clientX - box.x - box.width / 2;
  const dy = event.clientY - box.y - box.height / 2;
  return { w: round(box.width), h: round(box.height), dx: round(dx), dy: round(dy) };
}

/** Two decimals: aimed-at boxes give fractions, hands do not. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

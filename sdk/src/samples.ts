/** The wire shapes of raw samples: what `events/samples.py` on the server reads. */

export type KeyClass =
  | 'letter-left' | 'letter-right' | 'digit' | 'space' | 'backspace' | 'enter' | 'tab' | 'shift-left' | 'shift-right'
  | 'arrow' | 'punctuation' | 'other';

/** The box that was clicked, and where in it, from its centre (CSS px). */
export interface Target {
  w: number;
  h: number;
  dx: number;
  dy: number;
}

/** A key went down or up. `pos` counts presses in the field; `cls` is absent in secret fields. */
export interface Key {
  type: 'key';
  down: boolean;
  field: string;
  pos: number;
  cls?: KeyClass;
}

/** The mouse or pen moved or was pressed (CSS px of the viewport, pressure 0-1). */
export interface Pointer {
  type: 'pointer';
  kind: 'move' | 'down' | 'up' | 'cancel';
  x: number;
  y: number;
  device?: 'pen';
  button?: number;
  target?: Target;
  pressure?: number;
}

/** A finger (radius in CSS px, force 0-1). */
export interface Touched {
  type: 'touch';
  phase: 'start' | 'move' | 'end' | 'cancel';
  id: number;
  x: number;
  y: number;
  radius: number;
  force: number;
}

/** The wheel turned by so much (CSS px). */
export interface Wheel {
  type: 'wheel';
  dx: number;
  dy: number;
}

/** The page scrolled to there (CSS px). */
export interface Scroll {
  type: 'scroll';
  x: number;
  y: number;
}

/** A step through the application; `page` is a hash. */
export interface Nav {
  type: 'nav';
  page: string;
  action: 'enter' | 'leave' | 'back' | 'forward' | 'hide' | 'show' | 'resize';
}

/** A field got or lost the focus. */
export interface Focus {
  type: 'focus';
  field: string;
  on: boolean;
}

/** Text came into a field by other means than keys. */
export interface Paste {
  type: 'paste';
  field: string;
  via: 'paste' | 'autofill' | 'replace' | 'composition';
}

/** Acceleration with gravity (m/s²) and rotation (°/s). */
export interface Motion {
  type: 'motion';
  ax: number;
  ay: number;
  az: number;
  gx: number;
  gy: number;
  gz: number;
}

/** How the device is held (degrees); `angle` is the screen's. */
export interface Orientation {
  type: 'orientation';
  alpha: number;
  beta: number;
  gamma: number;
  angle: number;
}

export type Observed = Key | Pointer | Touched | Wheel | Scroll | Nav | Focus | Paste | Motion | Orientation;

/** One numbered sample: `seq` from 1 without gaps, `t` ms since the session's start, `trusted` only where false. */
export type Sample = Observed & { seq: number; t: number; trusted?: false };

/** How fine the browser's clock is. */
export interface ClockFacts {
  granularityMs: number;
}

/** The screen: CSS px, and device pixels per CSS px. */
export interface ScreenFacts {
  w: number;
  h: number;
  dpr: number;
}

/** What the `behavior` field of a log-in event takes. */
export interface Behavior {
  clock: ClockFacts;
  screen: ScreenFacts;
  events: Sample[];
}

/** What travels on the stream. */
export interface Batch extends Behavior {
  sessionId: string;
  userId: string;
  nonce: string;
  firstSeq: number;
}

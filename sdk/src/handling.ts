import { round } from './pointing.js';
import type { Recorder } from './recorder.js';
import type { Listen } from './typing.js';

const WINDOW_MS = 3000;
const POSTURE_MS = 250;

/**
 * How the device is held and moved, in the 3 s after each tap or key. Only where the browser gives it without asking: a
 * prompt about motion would frighten people away from a log-in.
 */
export class Handling {
  private until = 0;
  private postureAt = -Infinity;

  constructor(
    private readonly recorder: Recorder,
    listen: Listen,
  ) {
    const asks = (window as { DeviceMotionEvent?: { requestPermission?: unknown } }).DeviceMotionEvent;
    if (!asks || asks.requestPermission) return;
    listen(document, 'touchstart keydown', () => (this.until = performance.now() + WINDOW_MS));
    listen(window, 'devicemotion', (event) => this.motion(event));
    listen(window, 'deviceorientation', (event) => this.posture(event));
  }

  private motion(event: DeviceMotionEvent): void {
    const pull = event.accelerationIncludingGravity;
    if (pull?.x == null || performance.now() > this.until) return;
    const turn = event.rotationRate;
    const moved = { ax: round(pull.x), ay: round(pull.y ?? 0), az: round(pull.z ?? 0) };
    const turned = { gx: round(turn?.beta ?? 0), gy: round(turn?.gamma ?? 0), gz: round(turn?.alpha ?? 0) };
    this.recorder.take({ type: 'motion', ...moved, ...turned }, event);
  }

  private posture(event: DeviceOrientationEvent): void {
    const now = performance.now();
    if (event.beta == null || now > this.until || now - this.postureAt < POSTURE_MS) return;
    this.postureAt = now;
    const { alpha, beta, gamma } = event;
    const angle = screen.orientation?.angle ?? 0;
    const held = { alpha: round(alpha ?? 0), beta: round(beta), gamma: round(gamma ?? 0), angle };
    this.recorder.take({ type: 'orientation', ...held }, event);
  }
}

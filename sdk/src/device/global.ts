import { asFingerprint, collect, identify, look } from './device.js';

const watchwordDevice = { asFingerprint, collect, identify, look };

declare global {
  interface Window {
    watchwordDevice: typeof watchwordDevice;
  }
}

window.watchwordDevice = watchwordDevice;

import { Clock } from './clock.js';
import { Collector, screenFacts } from './collector.js';
import { mayCollect, type Consented } from './consent.js';
import { Recorder } from './recorder.js';
import type { Behavior, Sample } from './samples.js';

/** A log-in event may have 64 kB; the rest of it needs room too. */
const MOST = 400;
const MOST_FAST = 200;

/** How a form is recorded. */
export interface FormOptions extends Consented {
  /** The name of a hidden field that gets the behaviour as JSON when the form is submitted without script. */
  field?: string | undefined;
}

/** How one form was filled in. */
export interface RecordedForm {
  /** What goes into the `behavior` field of the log-in event; null where nothing may be, or was, collected. */
  behavior(): Behavior | null;
  /** Stops and forgets. */
  stop(): void;
}

const ids = new WeakMap<HTMLFormElement, string>();
let count = 0;

/** Records how a form is filled in, from now until it is sent. Nothing leaves the page by this. */
export function recordForm(form: HTMLFormElement, options: FormOptions): RecordedForm {
  if (!mayCollect(options)) return { behavior: () => null, stop: () => undefined };
  const samples: Sample[] = [];
  const clock = new Clock(performance.timeOrigin + performance.now());
  const recorder = new Recorder(
    clock,
    (fast) => samples.length < (fast ? MOST_FAST : MOST),
    (sample) => samples.push(sample),
  );
  const collector = new Collector(recorder, scopeOf(form), false);
  const behavior = (): Behavior | null =>
    samples.length ? { clock: clock.facts(), screen: screenFacts(), events: samples.slice() } : null;
  if (options.field) fillOnSubmit(form, options.field, behavior);
  const stop = () => {
    collector.stop();
    samples.length = 0;
  };
  return { behavior, stop };
}

function scopeOf(form: HTMLFormElement): string {
  const id = ids.get(form) ?? `f${++count}`;
  ids.set(form, id);
  form.dataset.watchwordForm = id;
  return `[data-watchword-form=${id}]`;
}

function fillOnSubmit(form: HTMLFormElement, name: string, behavior: () => Behavior | null): void {
  form.addEventListener('formdata', (event) => {
    const found = behavior();
    if (found) event.formData.set(name, JSON.stringify(found));
  });
}

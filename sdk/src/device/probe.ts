/** One thing that a browser shows about itself. Values are plain and small; what they mean the server decides. */
export interface Hint {
  name: string;
  value: string | number | boolean;
}

export type Probe = () => string | number | boolean | null | undefined;

/** The results of probes. One that throws is told as `<name>:error`, since disguises make probes throw. */
export function results(probes: Record<string, Probe>): Hint[] {
  const found: Hint[] = [];
  for (const name in probes) {
    try {
      const value = probes[name]!();
      if (value !== null && value !== undefined) found.push({ name, value: short(value) });
    } catch (error) {
      found.push({ name: `${name}:error`, value: (error as Error)?.name ?? 'Error' });
    }
  }
  return found;
}

/** What was asked, or `instead` where it fails or takes longer: some questions are never answered by some browsers. */
export function within<T, I>(asked: Promise<T>, instead: I, patienceMs = 1000): Promise<T | I> {
  const late = new Promise<I>((done) => setTimeout(done, patienceMs, instead));
  return Promise.race([asked.catch(() => instead), late]);
}

function short(value: string | number | boolean): string | number | boolean {
  return typeof value === 'string' ? value.slice(0, 256) : value;
}

type Heard<M, N extends keyof M> = (message: M[N]) => void;

/** Listeners by name. One that throws does not keep the others from hearing. */
export class Emitter<M> {
  private readonly listeners = new Map<keyof M, Set<(message: never) => void>>();

  /** Calls `heard` for every such message; the answer takes it away again. */
  on<N extends keyof M>(name: N, heard: Heard<M, N>): () => void {
    const set = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, set.add(heard));
    return () => void set.delete(heard);
  }

  emit<N extends keyof M>(name: N, message: M[N]): void {
    for (const heard of this.listeners.get(name) ?? []) {
      try {
        (heard as Heard<M, N>)(message);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}

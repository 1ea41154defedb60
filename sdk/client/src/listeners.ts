/** Those who want to hear of something. A listener that throws is reported and harms no other. */
export class Listeners<A extends readonly unknown[] = []> {
  private readonly all = new Set<(...args: A) => void>();

  /** The answer unsubscribes. */
  add(listener: (...args: A) => void): () => void {
    // Wrapped, so that the same function may be added twice and each removal takes its own.
    const own = (...args: A) => listener(...args);
    this.all.add(own);
    return () => {
      this.all.delete(own);
    };
  }

  tell(...args: A): void {
    for (const listener of [...this.all]) {
      try {
        listener(...args);
      } catch (thrown) {
        reportError(thrown);
      }
    }
  }

  get size(): number {
    return this.all.size;
  }
}

function reportError(thrown: unknown): void {
  queueMicrotask(() => {
    throw thrown;
  });
}

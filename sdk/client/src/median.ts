/** The median of the last samples. */
export class RecentMedian {
  private readonly samples: number[] = [];
  private readonly most: number;

  constructor(most: number) {
    this.most = most;
  }

  add(sample: number): void {
    this.samples.push(sample);
    if (this.samples.length > this.most) this.samples.shift();
  }

  /** Null before the first sample. */
  value(): number | null {
    const sorted = [...this.samples].sort((a, b) => a - b);
    const middle = sorted.length >> 1;
    const upper = sorted[middle];
    if (upper === undefined) return null;
    return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
  }
}

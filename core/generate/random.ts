/** A reproducible source of chance (the sfc32 generator of PractRand): the same seed gives the same sequence. */
export type Random = {
  /** At least 0 and below 1. */
  uniform(): number;
  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  /** One of the items, each as likely as the others. */
  pick<T>(items: readonly T[]): T;
  /**
   * A rank from 0 to `count - 1`, low ranks far more often: with a `skew` of 3, the first fifth of the ranks gets
   * three fifths of the picks.
   */
  rank(count: number, skew: number): number;
};

/** A source of chance that starts at `seed`; different `stream`s of one seed are independent of each other. */
export function createRandom(seed: number, stream = 0): Random {
  let a = seed >>> 0;
  let b = Math.floor(seed / 2 ** 32) >>> 0;
  let c = stream >>> 0;
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  // The first outputs of near seeds are alike.
  for (let round = 0; round < 15; round += 1) {
    next();
  }
  const uniform = (): number => next() / 2 ** 32;
  return {
    uniform,
    integer: (low, high) => low + Math.floor(uniform() * (high - low + 1)),
    chance: (probability) => uniform() < probability,
    pick: (items) => items[Math.floor(uniform() * items.length)]!,
    rank: (count, skew) => Math.floor(count * uniform() ** skew),
  };
}

/**
 * A fixed number, at least 0 and below 1, that belongs to a thing: attributes of a customer or product made from it need
 * no memory of the customers and products made before.
 */
export function attributeOf(seed: number, kind: number, index: number): number {
  let hash = (seed ^ Math.imul(kind, 0x9e3779b1) ^ Math.imul(index, 0x85ebca77)) | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** Picks by weight for a number at least 0 and below 1: from `uniform()`, or from `attributeOf`. */
export function createChooser<T>(items: readonly (readonly [T, number])[]): (share: number) => T {
  const upTo: number[] = [];
  let total = 0;
  for (const [, weight] of items) {
    total += weight;
    upTo.push(total);
  }
  return (share) => {
    const at = share * total;
    let low = 0;
    let high = items.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (at < upTo[middle]!) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return items[low]![0];
  };
}

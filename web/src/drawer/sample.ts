// One outcome by chance, as a client would meet it. The engine rolls no dice; here they are rolled, and the seed is shown:
// the same seed gives the same outcome to everybody.

/** A number in [0, 1) from a seed: splitmix32. */
export function roll(seed: number): number {
  let x = (seed + 0x9e3779b9) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return ((x ^ (x >>> 15)) >>> 0) / 4294967296;
}

/** The outcome that a seed draws, each by its share. */
export function sample(shares: number[], seed: number): number {
  const sum = shares.reduce((a, b) => a + b, 0);
  let left = roll(seed) * sum;
  for (let i = 0; i < shares.length; i++) {
    left -= shares[i]!;
    if (left < 0) return i;
  }
  return Math.max(0, shares.length - 1);
}

/** A new seed, short enough to be read out. */
export function newSeed(): number {
  return crypto.getRandomValues(new Uint16Array(1))[0]! + 1;
}

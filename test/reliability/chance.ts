/** Repeatable chance: the seed is RESTANTE_TEST_SEED, or another one each time. */
export const seed = Number(process.env.RESTANTE_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31))

/** Numbers in [0, 1), the same ones for the same seed (mulberry32). */
export function chance(from: number): () => number {
  let state = from >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const given = Number(process.env.RESTANTE_TEST_SEED)
/** How many times as thorough as in CI: `bun run fuzz --effort N` sets it. */
const effort = Number(process.env.RESTANTE_TEST_EFFORT ?? 1)

/** For the parameters of a property: the seed of this run of the suite, where there is one, so that it can be repeated. */
export const seeded: { seed?: number } = Number.isSafeInteger(given) && given > 0 ? { seed: given } : {}

/** The parameters of a property that is tried so many times, or for so many seconds if those are over first. */
export const tries = (numRuns: number, seconds = 4) => ({
  numRuns: Math.ceil(numRuns * effort),
  interruptAfterTimeLimit: seconds * 1_000 * Math.max(1, effort),
  ...seeded,
})

/** For a test of such properties, ms: they end by themselves. */
export const whileTrying = 30_000 * Math.max(1, effort)

const given = Number(process.env.RESTANTE_TEST_SEED)

/** For the parameters of a property: the seed of this run of the suite, where there is one, so that it can be repeated. */
export const seeded: { seed?: number } = Number.isSafeInteger(given) && given > 0 ? { seed: given } : {}

import type { Clock } from "../../base/clock.ts"

/** When it is, and up to which moment things may have expired: the same, unless the clock is in doubt. Epoch ms. */
export type Moment = { readonly now: number; readonly horizon: number }

export type Moments = { readonly clock: Clock; readonly horizon: () => number }

export const momentOf = ({ clock, horizon }: Moments): Moment => ({ now: clock.now(), horizon: horizon() })

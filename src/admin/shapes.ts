/** Shapes that several endpoints share. Times are epoch milliseconds. */

import * as v from "valibot"

export const moment = v.pipe(v.number(), v.integer(), v.metadata({ description: "Epoch milliseconds." }))
export const maybeMoment = v.nullable(moment)
export const amount = v.pipe(v.number(), v.integer(), v.minValue(0))

export const line = (most: number) => v.pipe(v.string(), v.maxLength(most), v.regex(/^[^\p{Cc}]*$/u))
export const named = v.pipe(v.string(), v.regex(/^[\w.@-]{1,64}$/))

const MOST = 200
/** A whole number as a query writes it. */
export const digits = v.pipe(v.string(), v.regex(/^\d{1,15}$/), v.transform(Number))
export const limit = v.optional(v.pipe(digits, v.minValue(1), v.maxValue(MOST)), "50")
export const after = v.optional(v.pipe(v.string(), v.maxLength(1_000)))
/** As long as a DID may be, which is often what is looked for. */
export const search = v.optional(line(2_048))
/** How the action of a line of the audit begins. */
export const beginning = v.optional(line(64))

/** A quota of one's own; null stands for: as configured. */
const quota = v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(1)))
export const overrides = v.strictObject({ maxMessages: quota, maxBytes: quota })
export const someOverrides = v.strictObject({ maxMessages: v.optional(quota), maxBytes: v.optional(quota) })

export const dryRun = v.strictObject({ dryRun: v.boolean() })

export const listing = <const S extends v.GenericSchema>(item: S) =>
  v.object({ items: v.array(item), total: amount, next: v.nullable(v.string()) })

export const states = ["pending", "approved", "denied", "suspended", "revoked"] as const
export const lanes = ["didcomm", "decentrl"] as const

/** Members that were given, without those that are undefined. */
export const given = <T extends object>(members: T) =>
  // What is left out are exactly the members that may be.
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }

export const erasure = v.object({
  messages: amount,
  bytes: amount,
  addresses: amount,
  events: amount,
  contracts: amount,
  publicEvents: amount,
})

export const done = v.object({ ok: v.literal(true) })
export const ok = { ok: true } as const

import type { Clock } from "../base/clock.ts"
import type { AccountStore, Counts, Tally } from "./operator-ports.ts"

const DAY = 86_400_000
const BATCH = 500

export type Activity = ReturnType<typeof createActivity>

/** How much happened to each mailbox on each day (UTC): counted here, and told to the store in batches. */
export function createActivity(store: Pick<AccountStore, "tally">, clock: Clock) {
  let fresh = new Map<string, { -readonly [Name in keyof Tally]: Tally[Name] }>()

  function add({ mailbox, day, received, fetched, refused }: Tally): void {
    if (received + fetched + refused === 0) return
    const name = `${mailbox} ${day}`
    const one = fresh.get(name)
    if (!one) fresh.set(name, { mailbox, day, received, fetched, refused })
    else {
      one.received += received
      one.fetched += fetched
      one.refused += refused
    }
  }

  /** Adds messages to what happened today. */
  const note = (mailbox: number, counts: Partial<Counts>): void =>
    add({ mailbox, day: dayOf(clock.now()), received: 0, fetched: 0, refused: 0, ...counts })

  /** What fails is told again the next time. */
  async function flush(): Promise<void> {
    const all = [...fresh.values()]
    fresh = new Map()
    for (let from = 0; from < all.length; from += BATCH) {
      try {
        await store.tally(all.slice(from, from + BATCH))
      } catch (error) {
        for (const one of all.slice(from)) add(one)
        throw error
      }
    }
  }

  return { note, flush }
}

/** The last `days` days up to that of `now`, oldest first; days of which nothing is known are zeros. */
export function lastDays(known: readonly (Counts & { day: number })[], now: number, days: number) {
  const counted = new Map(known.map((one) => [one.day, one]))
  const today = dayOf(now)
  return Array.from({ length: days }, (_, at) => {
    const day = today - (days - 1 - at) * DAY
    return counted.get(day) ?? { day, received: 0, fetched: 0, refused: 0 }
  })
}

/** When the day of a moment began, UTC. */
const dayOf = (at: number): number => Math.floor(at / DAY) * DAY

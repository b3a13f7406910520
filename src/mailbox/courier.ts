import type { Clock } from "../base/clock.ts"
import type { Lane, Message } from "./model.ts"
import type { MailboxStore } from "./ports.ts"

/** Whoever wants mail brought. Pushing never acknowledges: the message stays until its owner says so. */
export interface Listener {
  /** `sent`: go on. `buffered`: taken, but wait for `resume`. `closed`: not taken; forget this listener. */
  push(message: Message): Promise<"sent" | "buffered" | "closed">
}

/** What one listener has coming. Disposing it ends it. */
export interface Round extends Disposable {
  /** Go on after `buffered`. */
  resume(): void
}

export type Courier = ReturnType<typeof createCourier>

/** After a reading that failed, ms. */
const TRY_AGAIN = 1_000
const PAGE = { limit: 16, bytes: 1024 * 1024 }

/**
 * Brings mail to listeners: reads the mailbox after each listener's cursor. Nudges only say "look again", so one that
 * is lost or doubled does no harm, and nothing is ever kept in memory that the mailbox does not hold.
 */
export function createCourier(
  store: Pick<MailboxStore, "peek">,
  { clock, onError }: { clock: Clock; onError: (error: unknown) => void },
) {
  const rounds = new Map<number, Set<() => void>>()

  /** Pushes what has a seq in (after, until], in order, and whatever comes later as long as `until` is infinite. */
  function listen(wanted: { mailbox: number; lane: Lane; after: number; until?: number }, listener: Listener): Round {
    const { mailbox, lane, until = Number.POSITIVE_INFINITY } = wanted
    let cursor = wanted.after
    let state: "idle" | "reading" | "paused" | "ended" = "idle"
    let nudged = false

    const end = () => {
      state = "ended"
      rounds.get(mailbox)?.delete(walk)
      if (rounds.get(mailbox)?.size === 0) rounds.delete(mailbox)
    }

    async function readOn(): Promise<void> {
      do {
        nudged = false
        const page = await store.peek({ mailbox, lane, address: null, after: cursor, ...PAGE })
        for (const message of page) {
          if (state !== "reading") return
          if (message.seq > until) return end()
          const outcome = await listener.push(message)
          if (outcome === "closed") return end()
          cursor = message.seq
          if (outcome === "buffered" && state === "reading") {
            state = "paused"
            return
          }
        }
        if (page.length > 0) nudged = true
        else if (until !== Number.POSITIVE_INFINITY) return end()
      } while (nudged && state === "reading")
    }

    const walk = () => {
      nudged = true
      if (state !== "idle") return
      state = "reading"
      readOn()
        .catch((error) => {
          nudged = false
          onError(error)
          clock.after(TRY_AGAIN, walk)
        })
        .finally(() => {
          if (state !== "reading") return
          state = "idle"
          if (nudged) walk()
        })
    }

    const listeners = rounds.get(mailbox) ?? new Set()
    rounds.set(mailbox, listeners.add(walk))
    walk()
    return {
      resume() {
        if (state !== "paused") return
        state = "idle"
        walk()
      },
      [Symbol.dispose]: end,
    }
  }

  /** Something may have come for this mailbox. */
  const nudge = (mailbox: number) => {
    for (const walk of rounds.get(mailbox) ?? []) walk()
  }

  /** Something may have come for any mailbox: another process wrote. */
  const nudgeAll = () => {
    for (const mailbox of rounds.keys()) nudge(mailbox)
  }

  return { listen, nudge, nudgeAll }
}

import type { Database } from "bun:sqlite"
import type { DepositLimits } from "../../mailbox/model.ts"
import type { Moment } from "./horizon.ts"
import { waiting } from "./waiting.ts"

/** What is counted of a message: its kind, and a mark that stands for its kind, sender and address. */
type Counted = { readonly lane: number; readonly kind: string; readonly pace: bigint }

type Given = { readonly mailbox: number; readonly limits: DepositLimits } & Moment

/** Limits on deposits beyond the quota, checked and counted within the act that keeps them. */
export function limiting(db: Database) {
  const waitingIn = (lane: 1 | 2) =>
    db.query<{ n: number }, [number, string, number]>(
      `SELECT count(*) AS n
       FROM (${waiting("seq", `mailbox = ?1 AND lane = ${lane} AND kind = ?2 AND expires_at > ?3`)})`,
    )
  const [inDidcomm, inDecentrl] = [waitingIn(1), waitingIn(2)]
  const sent = db.query<{ n: number }, [bigint, number]>(
    "SELECT coalesce(sum(times), 0) AS n FROM pace WHERE mark = ?1 AND until > ?2",
  )
  const note = db.query<null, [bigint, number]>(
    "INSERT INTO pace (mark, until, times) VALUES (?1, ?2, 1) ON CONFLICT DO UPDATE SET times = times + 1",
  )

  return {
    /** Which limit the messages would exceed, or null. */
    exceeded({ mailbox, limits, now, horizon }: Given, messages: readonly Counted[]): "crowded" | "too_often" | null {
      for (const [pace, { length }] of Map.groupBy(messages, (one) => one.pace)) {
        if ((sent.get(pace, now)?.n ?? 0) + length > limits.perSender.count) return "too_often"
      }
      for (const alike of Map.groupBy(messages, ({ lane, kind }) => `${lane} ${kind}`).values()) {
        const [{ lane, kind } = { lane: 0, kind: "" }] = alike
        const query = lane === 1 ? inDidcomm : inDecentrl
        if ((query.get(mailbox, kind, horizon)?.n ?? 0) + alike.length > limits.waitingOfKind) return "crowded"
      }
      return null
    },

    /** Counts messages that were kept. */
    note({ limits, now }: Given, messages: readonly Counted[]): void {
      for (const { pace } of messages) note.run(pace, now + limits.perSender.windowMs)
    },
  }
}

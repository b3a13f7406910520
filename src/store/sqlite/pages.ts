/** Reads, and the pages they come in. */

import type { Page } from "../../mailbox/model.ts"
import type { PageRequest } from "../../mailbox/ports.ts"
import type { Sized } from "./room.ts"
import { faultOf } from "./trouble.ts"

/** A synchronous read as a promise; SQLite's errors become Faults. */
export const reading =
  <Given extends unknown[], Found>(read: (...given: Given) => Found) =>
  async (...given: Given): Promise<Found> => {
    try {
      return read(...given)
    } catch (thrown) {
      throw faultOf(thrown)
    }
  }

/** Rows until their content is more than `bytes`; the first in any case. */
export function upTo<Row extends Sized>(bytes: number, rows: Iterable<Row>): Row[] {
  const taken: Row[] = []
  let size = 0
  for (const row of rows) {
    size += row.size
    if (taken.length > 0 && size > bytes) break
    taken.push(row)
  }
  return taken
}

/** A page of rows that come after a cursor, out of `matching` ones there. */
export function pageOf<Row extends Sized & { seq: number }, Item>(
  { after, bytes }: PageRequest,
  { rows, matching, item }: { rows: Iterable<Row>; matching: number; item: (row: Row) => Item },
): Page<Item> {
  const taken = upTo(bytes, rows)
  const remaining = matching - taken.length
  return { items: taken.map(item), remaining, next: remaining > 0 ? (taken.at(-1)?.seq ?? after) : null }
}

// A negative LIMIT means none to SQLite.
export const atLeast0 = (limit: number): number => Math.max(0, limit)

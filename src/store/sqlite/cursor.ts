/** Where a page of a list ended, as text that only this store reads: which list, the last row's id, and what it was sorted by. */

import { fromBase64url, fromUtf8, toBase64url, toUtf8 } from "../../base/bytes.ts"
import { Fault } from "../../faults.ts"

export type SortKey = string | number | null
export type Cursor = { readonly id: number; readonly key: SortKey }

export const writeCursor = (list: string, id: number, key: SortKey): string =>
  toBase64url(toUtf8(JSON.stringify([list, id, key])))

/** Fault request.malformed when it is not a cursor of this list. */
export function readCursor(list: string, text: string): Cursor {
  const [from, id, key] = parsed(text)
  const isKey = key === null || typeof key === "number" || typeof key === "string"
  if (from === list && typeof id === "number" && Number.isSafeInteger(id) && isKey) return { id, key }
  throw new Fault("request.malformed", { detail: "after is not where a page of this list ended" })
}

function parsed(text: string): readonly unknown[] {
  const bytes = fromBase64url(text)
  const json = bytes && fromUtf8(bytes)
  try {
    const value: unknown = JSON.parse(json ?? "null")
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}

/** Lists as files: read in pages, so that none is ever whole in memory. */

import * as v from "valibot"
import type { Listing } from "../mailbox/operator-ports.ts"
import { csvLine } from "./csv.ts"

export const PAGE = 500

type Place = { readonly after?: string; readonly limit: number }
type Pages<Item> = AsyncGenerator<readonly Item[]>

/** All pages of a list that have something on them. */
export async function* pagesOf<Item>(list: (place: Place) => Promise<Listing<Item>>): Pages<Item> {
  let after: string | null = null
  do {
    const page: Listing<Item> = await list({ limit: PAGE, ...(after !== null && { after }) })
    if (page.items.length > 0) yield page.items
    after = page.next
  } while (after !== null)
}

export async function* jsonLines(pages: AsyncIterable<readonly unknown[]>): AsyncGenerator<string> {
  for await (const page of pages) yield page.map((one) => `${JSON.stringify(one)}\n`).join("")
}

/** Members that `item` does not name are left out. */
export async function* jsonArray(
  pages: AsyncIterable<readonly unknown[]>,
  item: v.GenericSchema,
): AsyncGenerator<string> {
  let before = "["
  for await (const page of pages) {
    yield `${before}\n${page.map((one) => JSON.stringify(v.parse(item, one))).join(",\n")}`
    before = ","
  }
  yield before === "[" ? "[]\n" : "\n]\n"
}

export type Columns<Item> = Readonly<Record<string, (item: Item) => string | number | null>>

export async function* csvOf<Item>(
  pages: AsyncIterable<readonly Item[]>,
  columns: Columns<Item>,
): AsyncGenerator<string> {
  yield csvLine(Object.keys(columns))
  const cells = Object.values(columns)
  for await (const page of pages) yield page.map((item) => csvLine(cells.map((cell) => cell(item)))).join("")
}

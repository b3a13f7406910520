/** Where the tests put databases: in memory, or in a folder that goes away with the test. */

import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openStore } from "../../src/store/store.ts"
import type { Place } from "../contract/world.ts"

export async function folder(): Promise<AsyncDisposable & { path: string; file: string }> {
  const path = await mkdtemp(join(tmpdir(), "restante-store-"))
  const remove = () => rm(path, { recursive: true, force: true })
  return { path, file: join(path, "restante.db"), [Symbol.asyncDispose]: remove }
}

export const inMemory = async (): Promise<Place> => ({
  keeps: false,
  open: (given) => openStore("sqlite::memory:", { ...given, dataDir: "/nowhere", writer: "in-place" }),
  [Symbol.asyncDispose]: async () => {},
})

export const inFile = (writer: "in-place" | "worker") => async (): Promise<Place> => {
  const where = await folder()
  return {
    keeps: true,
    open: (given) => openStore("sqlite:restante.db", { ...given, dataDir: where.path, writer }),
    [Symbol.asyncDispose]: () => where[Symbol.asyncDispose](),
  }
}

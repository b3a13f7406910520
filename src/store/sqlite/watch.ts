import type { Database } from "bun:sqlite"
import type { Clock } from "../../base/clock.ts"
import type { StoreWatch } from "../../mailbox/ports.ts"
import type { StoreActs } from "./acts.ts"
import type { Runner } from "./writer.ts"

const EVERY_MS = 500

/** Looks twice a second, while anybody listens, whether the file was changed by somebody else. */
export function createWatch(reader: Database, writer: Runner<StoreActs>, clock: Clock): StoreWatch & Disposable {
  const dataVersion = reader.query<{ data_version: number }, []>("PRAGMA data_version")
  const listeners = new Set<() => void>()
  let timer: Disposable | null = null
  let version: number | undefined
  let foreign = 0

  // The reader's number also rises with our own commits; only then is the writer asked whose they were.
  async function look(): Promise<void> {
    const seen = dataVersion.get()?.data_version
    if (seen === version) return
    version = seen
    const changes = await writer.run("foreignChanges", null)
    if (changes === foreign) return
    foreign = changes
    for (const listener of listeners) listener()
  }
  const stop = () => {
    timer?.[Symbol.dispose]()
    timer = null
  }

  return {
    watch(listener) {
      const own = () => listener()
      listeners.add(own)
      // A look that fails is made up for by the next one; the writer's trouble shows elsewhere.
      timer ??= clock.every(EVERY_MS, () => void look().catch(() => {}))
      return {
        [Symbol.dispose]() {
          listeners.delete(own)
          if (listeners.size === 0) stop()
        },
      }
    },
    [Symbol.dispose]: stop,
  }
}

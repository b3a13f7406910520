import { systemRandom } from "../../base/random.ts"
import { occupy } from "../../store/sqlite/occupancy.ts"
import { makeBackup, verifyBackup } from "./make.ts"
import { prepareRestore } from "./restore.ts"

/** What reads or writes whole databases, and so keeps whoever does it from anything else. */
export const works = {
  make: (given: Parameters<typeof makeBackup>[0]) => makeBackup(given, { random: systemRandom }),
  verify: verifyBackup,
  async prepare(given: Parameters<typeof prepareRestore>[0]) {
    // A command may be about to do the same.
    using _alone = occupy(given.file, "copying")
    return await prepareRestore(given)
  },
} as const

type Works = typeof works
export type WorkName = keyof Works

/** Who does it. Rejects with the work's Faults. */
export type Worker = <N extends WorkName>(name: N, given: Parameters<Works[N]>[0]) => ReturnType<Works[N]>

/** Here and now: for commands. */
export const here: Worker = (name, given) => (works[name] as (given: unknown) => never)(given)

import { systemRandom } from "../../base/random.ts"
import { occupy } from "../../store/sqlite/occupancy.ts"
import { makeBackup, verifyBackup } from "./make.ts"
import { commitRestore, discard, prepareRestore } from "./restore.ts"

type Preparing = Parameters<typeof prepareRestore>[0]
type Restoring = Preparing & Omit<Parameters<typeof commitRestore>[1], "files">

/** What reads or writes whole databases, and so keeps whoever does it from anything else. */
export const works = {
  make: (given: Parameters<typeof makeBackup>[0]) => makeBackup(given, { random: systemRandom }),
  verify: verifyBackup,
  /** What a restore would do. A command may be about to do the same: whoever unpacks is alone until that is used or gone. */
  async prospect(given: Preparing) {
    using _alone = occupy(given.file, "copying")
    const found = await prepareRestore(given)
    discard(given)
    return found
  },
  /** Makes a restore a fact. */
  async restore({ name, by, at, ...given }: Restoring) {
    using _alone = occupy(given.file, "copying")
    const found = await prepareRestore(given)
    commitRestore(given, { name, by, at, files: found.files })
    return found
  },
} as const

type Works = typeof works
export type WorkName = keyof Works

/** Who does it. Rejects with the work's Faults. */
export type Worker = <N extends WorkName>(name: N, given: Parameters<Works[N]>[0]) => ReturnType<Works[N]>

/** Here and now: for commands. */
export const here: Worker = (name, given) => (works[name] as (given: unknown) => never)(given)

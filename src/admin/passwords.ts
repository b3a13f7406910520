import type { Random } from "../base/random.ts"
import { Fault } from "../faults.ts"

/** About 200 ms and 64 MiB for each: one at a time, and not many that wait. */
const COST = { algorithm: "argon2id", memoryCost: 65_536, timeCost: 2 } as const
const MOST_WAITING = 32
const [SHORTEST, LONGEST] = [12, 256]

export type Passwords = ReturnType<typeof createPasswords>

/** Hashes and compares passwords, one after the other. Fault admin.slow when too many wait for that. */
export function createPasswords(random: Random) {
  const base64 = (length: number) => Buffer.from(random.bytes(length)).toString("base64").replace(/=+$/, "")
  // The hash of nobody's password: unknown names must cost what known ones do.
  const nobody = `$argon2id$v=19$m=${COST.memoryCost},t=${COST.timeCost},p=1$${base64(32)}$${base64(32)}`
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (waiting >= MOST_WAITING) throw new Fault("admin.slow")
    waiting++
    const turn = last.then(work)
    last = turn.catch(() => {})
    try {
      return await turn
    } finally {
      waiting--
    }
  }

  return {
    /** Fault admin.password for one that is too short or too long. */
    async hash(password: string): Promise<string> {
      const { length } = [...password]
      if (length < SHORTEST || length > LONGEST) throw new Fault("admin.password")
      return inTurn(() => Bun.password.hash(password, COST))
    },
    /** Whether it is the password; never for null, after the same work. */
    async matches(password: string, hash: string | null): Promise<boolean> {
      const isSame = await inTurn(() => Bun.password.verify(password.slice(0, 4 * LONGEST) || " ", hash ?? nobody))
      return isSame && hash !== null
    },
  }
}

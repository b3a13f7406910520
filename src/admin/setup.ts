import type { Clock } from "../base/clock.ts"
import type { Random } from "../base/random.ts"
import { Fault } from "../faults.ts"
import type { AdminStore } from "../mailbox/operator-ports.ts"
import type { Admins } from "./admins.ts"
import type { Delays } from "./delays.ts"
import { hashOf, newCode, plainCode } from "./secrets.ts"

const LENGTH = 8
const LIFETIME_MS = 1_800_000
/** Wrong codes that all the world together may try. */
const ATTEMPTS = 20

export type Setup = ReturnType<typeof createSetup>

/** How the first admin comes about: with a code that only who started the mediator has seen. */
export function createSetup(
  store: AdminStore,
  { admins, delays, clock, random }: { admins: Admins; delays: Delays; clock: Clock; random: Random },
) {
  let wrong = 0

  async function dropAll(): Promise<void> {
    await Promise.all((await store.keptAll("setup")).map(({ key }) => store.drop("setup", key)))
  }

  return {
    /** A new code, in place of any before; null when there is an admin already. */
    async begin(): Promise<string | null> {
      await dropAll()
      if (!(await admins.isEmpty())) return null
      const code = newCode(random, LENGTH)
      wrong = 0
      await store.keep({ kind: "setup", key: hashOf(code), value: "", until: clock.now() + LIFETIME_MS })
      return code
    },

    isOpen: async (): Promise<boolean> => (await admins.isEmpty()) && (await store.keptAll("setup")).length > 0,

    /** Makes the first admin. Faults: admin.slow, admin.setup_code, admin.password. */
    async use({ code, name, password }: { code: string; name: string; password: string }, address: string) {
      const attempt = { address, account: " setup" }
      delays.attempt(attempt)
      const isKept = (await store.kept("setup", hashOf(plainCode(code)))) !== null
      if (!isKept || !(await admins.isEmpty())) {
        if (++wrong >= ATTEMPTS) await dropAll()
        throw new Fault("admin.setup_code")
      }
      delays.succeeded(attempt)
      await admins.create({ name, password, first: true }, { name, address })
      await dropAll()
    },
  }
}

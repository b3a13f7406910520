import type { Clock } from "../base/clock.ts"
import { Fault } from "../faults.ts"
import type { Actor } from "../mailbox/accounts.ts"
import type { Admin, AdminStore } from "../mailbox/operator-ports.ts"
import { auditActor } from "./actor.ts"
import type { Passwords } from "./passwords.ts"
import type { Sessions } from "./sessions.ts"

export type Admins = ReturnType<typeof createAdmins>

/** Who may sign in. */
export function createAdmins(
  store: AdminStore,
  { clock, passwords, sessions }: { clock: Clock; passwords: Passwords; sessions: Sessions },
) {
  let last: Promise<unknown> = Promise.resolve()
  /** One change after the other: each writes the whole admin that it read. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = last.then(work)
    last = turn.catch(() => {})
    return turn
  }

  const find = async (name: string): Promise<Admin | null> =>
    (await store.admins()).find((admin) => admin.name === name) ?? null

  const entry = (by: Actor, action: string, name: string) => ({
    actor: auditActor(by),
    action: `admin.${action}`,
    subject: name,
  })

  /** Fault admin.unknown. */
  const change = (name: string, action: string, by: Actor, edit: (admin: Admin) => Admin): Promise<void> =>
    inTurn(async () => {
      const admin = await found(name)
      await store.saveAdmin({ admin: edit(admin), first: false, audit: entry(by, action, name) })
    })

  async function found(name: string): Promise<Admin> {
    const admin = await find(name)
    if (!admin) throw new Fault("admin.unknown", { args: [name] })
    return admin
  }

  return {
    find,
    found,
    change,
    list: () => store.admins(),
    isEmpty: async (): Promise<boolean> => (await store.admins()).length === 0,

    /** Makes an admin; with `first` only where there is none yet. Faults: admin.exists, admin.password. */
    async create({ name, password, first }: { name: string; password: string; first: boolean }, by: Actor) {
      const passwordHash = await passwords.hash(password)
      const createdAt = clock.now()
      await inTurn(async () => {
        if (await find(name)) throw new Fault("admin.exists", { args: [name] })
        const admin = { name, passwordHash, totpSecret: null, recoveryHashes: [], createdAt }
        const isMade = await store.saveAdmin({ admin, first, audit: entry(by, "create", name) })
        if (!isMade) throw new Fault("admin.exists", { args: [name] })
      })
    },

    /** Ends every session of the admin but `except`. Faults: admin.unknown, admin.password. */
    async setPassword({ name, password }: { name: string; password: string }, by: Actor, except: string | null = null) {
      const passwordHash = await passwords.hash(password)
      await change(name, "password", by, (admin) => ({ ...admin, passwordHash }))
      await sessions.closeAll(name, except)
    },

    /** Faults: admin.unknown, admin.last. */
    remove: (name: string, by: Actor): Promise<void> =>
      inTurn(async () => {
        await found(name)
        if ((await store.admins()).length === 1) throw new Fault("admin.last")
        await store.removeAdmin({ name, audit: entry(by, "remove", name) })
        await sessions.closeAll(name)
      }),
  }
}

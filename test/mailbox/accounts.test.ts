import { describe, expect, test } from "bun:test"
import { Fault } from "../../src/faults.ts"
import { createAccounts, type Transition, transitionNames } from "../../src/mailbox/accounts.ts"
import type { RegistrationState } from "../../src/mailbox/model.ts"
import { audit, DAY, HOUR, letter, START, world } from "../contract/world.ts"
import { inMemory } from "../store/places.ts"

const did = "did:example:bob"
const ada = { name: "ada", address: "192.0.2.7" }
const states: readonly RegistrationState[] = ["pending", "approved", "denied", "suspended", "revoked"]

async function desk() {
  const here = await world(await inMemory())
  const { store, clock } = here
  return { here, store, accounts: createAccounts(store, { clock }) }
}

/** What each act makes of each state; null: it is refused. */
const table: Readonly<Record<Transition, Readonly<Record<RegistrationState, RegistrationState | null>>>> = {
  approve: { pending: "approved", approved: null, denied: "approved", suspended: null, revoked: null },
  deny: { pending: "denied", approved: null, denied: null, suspended: null, revoked: null },
  suspend: { pending: null, approved: "suspended", denied: null, suspended: null, revoked: null },
  resume: { pending: null, approved: null, denied: null, suspended: "approved", revoked: null },
  revoke: { pending: null, approved: "revoked", denied: null, suspended: "revoked", revoked: null },
}

describe.each([...transitionNames])("to %s", (act) => {
  test.each([...states])(
    "a registration that is %s ends as the table says, with one line of audit or none",
    async (state) => {
      const { here, store, accounts } = await desk()
      await using _ = here
      await store.ask({ did, lane: "didcomm", state, audit })
      const after = table[act][state]
      if (after === null) {
        const thrown = await accounts.change(did, act, ada).catch((fault) => fault)
        expect(Fault.from(thrown)).toMatchObject({ code: "account.state", args: [act, state, expect.any(String)] })
        expect(await store.account(did)).toMatchObject({ state })
        expect(await store.auditLines({ limit: 9 })).toHaveLength(1)
        return
      }
      expect(await accounts.change(did, act, ada)).toMatchObject({ did, state: after })
      const [line] = await store.auditLines({ limit: 1 })
      expect(line).toMatchObject({
        actor: "ada@192.0.2.7",
        action: `registration.${act}`,
        subject: did,
        detail: `${state} → ${after}`,
      })
    },
  )
})

test.each([...states])("a registration that is %s can be described and forgotten, the dry run first", async (state) => {
  const { here, store, accounts } = await desk()
  await using _ = here
  await store.ask({ did, lane: "didcomm", state, audit })
  expect(await accounts.describe(did, { label: "Bob" }, ada)).toMatchObject({ label: "Bob", note: "" })
  const planned = await accounts.forget(did, null)
  expect(await store.account(did)).not.toBeNull()
  expect(await accounts.forget(did, ada)).toEqual(planned)
  expect(await store.account(did)).toBeNull()
})

test("nobody can be found, changed, described, forgotten or purged: account.unknown names whom", async () => {
  const { here, accounts } = await desk()
  await using _ = here
  const acts = [
    () => accounts.found(did),
    () => accounts.change(did, "approve", ada),
    () => accounts.describe(did, { note: "x" }, ada),
    () => accounts.forget(did, null),
    () => accounts.forget(did, ada),
    () => accounts.purge(did, 0, null),
    () => accounts.purge(did, 0, ada),
  ]
  for (const act of acts) await expect(act()).rejects.toMatchObject({ code: "account.unknown", args: [did] })
})

test("mail is purged by its age, the dry run first", async () => {
  const { here, store, accounts } = await desk()
  await using _ = here
  const { id } = await here.resident(did)
  const home = await here.address(id, "did:example:home")
  await here.deposit(home, letter({ text: "old", expiresAt: START + 9 * DAY }))
  here.clock.pass(2 * DAY)
  await here.deposit(home, letter({ text: "new", expiresAt: START + 9 * DAY }))
  here.clock.pass(HOUR)
  expect(await accounts.purge(did, DAY, null)).toMatchObject({ messages: 1, bytes: 3 })
  expect(await here.texts(id)).toEqual(["old", "new"])
  expect(await accounts.purge(did, DAY, ada)).toMatchObject({ messages: 1, bytes: 3 })
  expect(await here.texts(id)).toEqual(["new"])
  expect(await accounts.purge(did, 0, ada)).toMatchObject({ messages: 1, bytes: 3 })
  expect(await store.account(did)).toMatchObject({ messages: 0, bytes: 0 })
})

import { expect, test } from "bun:test"
import { audit, type Place, START, world } from "./world.ts"

const ada = { name: "ada", passwordHash: "$1", totpSecret: null, recoveryHashes: ["a", "b"], createdAt: START }
const token = {
  id: "1",
  name: "backup",
  hash: "ff",
  scopes: ["audit:read"],
  createdAt: START,
  expiresAt: null,
  lastUsedAt: null,
}

export function adminContract(place: () => Promise<Place>): void {
  test("the first admin is made once, however many try at once", async () => {
    await using here = await world(await place())
    const tries = ["ada", "bob", "cem"].map((name) =>
      here.store.saveAdmin({ admin: { ...ada, name }, first: true, audit }),
    )
    expect((await Promise.all(tries)).filter((made) => made)).toHaveLength(1)
    expect(await here.store.admins()).toHaveLength(1)
    expect(await here.store.auditLines({ limit: 9 })).toHaveLength(1)
  })

  test("an admin is kept to the letter, replaced by its name, and removed once", async () => {
    await using here = await world(await place())
    expect(await here.store.saveAdmin({ admin: ada, first: false, audit })).toBe(true)
    expect(await here.store.admins()).toEqual([ada])
    const changed = { ...ada, passwordHash: "$2", totpSecret: "s", recoveryHashes: [] }
    expect(await here.store.saveAdmin({ admin: changed, first: false, audit })).toBe(true)
    expect(await here.store.admins()).toEqual([changed])
    expect(await here.store.removeAdmin({ name: "ada", audit })).toBe(true)
    expect(await here.store.removeAdmin({ name: "ada", audit })).toBe(false)
    expect(await here.store.admins()).toEqual([])
    expect(await here.store.auditLines({ limit: 9 })).toHaveLength(3)
  })

  test("a token is kept to the letter and removed once; that it was used is no line of the audit", async () => {
    await using here = await world(await place())
    await here.store.saveToken({ token, audit })
    expect(await here.store.tokens()).toEqual([token])
    await here.store.tokenUsed({ id: "1", at: START + 5 })
    await here.store.tokenUsed({ id: "1", at: START + 3 })
    expect(await here.store.tokens()).toEqual([{ ...token, lastUsedAt: START + 5 }])
    expect(await here.store.removeToken({ id: "1", audit })).toBe(true)
    expect(await here.store.removeToken({ id: "1", audit })).toBe(false)
    expect(await here.store.tokens()).toEqual([])
    expect(await here.store.auditLines({ limit: 9 })).toHaveLength(2)
  })

  test("what the desk keeps is there until its end, each kind for itself, and can be replaced and dropped", async () => {
    await using here = await world(await place())
    const keep = (kind: string, key: string, value: string, until = START + 10) =>
      here.store.keep({ kind, key, value, until })
    await keep("session", "b", "1")
    await keep("session", "a", "2", START + 20)
    await keep("setup", "a", "3")
    await keep("session", "b", "4")
    expect(await here.store.kept("session", "b")).toBe("4")
    expect(await here.store.kept("setup", "b")).toBeNull()
    expect(await here.store.keptAll("session")).toEqual([
      { key: "a", value: "2", until: START + 20 },
      { key: "b", value: "4", until: START + 10 },
    ])
    await here.store.drop("setup", "a")
    expect(await here.store.kept("setup", "a")).toBeNull()
    here.clock.pass(10)
    expect(await here.store.kept("session", "b")).toBeNull()
    expect((await here.store.keptAll("session")).map(({ key }) => key)).toEqual(["a"])
    await here.store.expire(1)
    expect(await here.store.kept("session", "a")).toBe("2")
  })
}

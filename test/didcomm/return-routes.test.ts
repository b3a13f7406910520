import { describe, expect, test } from "bun:test"
import { parsePlaintext } from "../../src/didcomm/message.ts"
import { createReturnRoutes } from "../../src/didcomm/return-routes.ts"
import type { Connection } from "../../src/wire.ts"
import { refusal } from "../crypto/refusal.ts"

type Headers = { return_route?: string; return_route_thread?: string; thid?: string }
const message = (headers: Headers = {}) => parsePlaintext(JSON.stringify({ id: "m1", type: "x", ...headers }))
const person = (name: string) => ({ did: `did:example:${name}`, kid: `did:example:${name}#key-1` })
const [alice, bob] = [person("alice"), person("bob")]
const socket = (): Connection => ({
  id: "1",
  send: () => "sent",
  onDrain: () => {},
  onClose: () => {},
  close: () => {},
})

const all = { return_route: "all" }
const none = { return_route: "none" }
const thread = (id: string) => ({ return_route: "thread", return_route_thread: id })

describe("over HTTP each message says for itself whether its answer may come back", () => {
  const rows: readonly (readonly [string, Headers, boolean])[] = [
    ["all", all, true],
    ["none", none, false],
    ["nothing", {}, false],
    ["a word that nobody knows", { return_route: "everything" }, false],
    ["thread, of this message's id", thread("m1"), true],
    ["thread, of this message's thread", { ...thread("t"), thid: "t" }, true],
    ["thread, of another thread", { ...thread("t"), thid: "u" }, false],
    ["thread, of this message's id, which is not its thread", { ...thread("m1"), thid: "t" }, false],
  ]
  test.each(rows)("%s", (_, headers, allowed) => {
    const { allows } = createReturnRoutes()
    for (const sender of [alice, null]) expect(allows(message(headers), sender, null, false)).toBe(allowed)
    // Whatever was said before is forgotten.
    expect(allows(message(), alice, null, true)).toBe(false)
  })

  test("a thread that is not named is an error, on a socket too", async () => {
    const { allows } = createReturnRoutes()
    for (const connection of [null, socket()]) {
      const unnamed = message({ return_route: "thread" })
      expect(await refusal(() => allows(unnamed, alice, connection, false))).toBe("message.invalid")
    }
  })
})

describe("on a socket", () => {
  test("all stays in force for that DID until it says none", () => {
    const [{ allows }, here] = [createReturnRoutes(), socket()]
    expect(allows(message(), alice, here, false)).toBe(false)
    expect(allows(message(all), alice, here, false)).toBe(true)
    expect(allows(message(), alice, here, false)).toBe(true)
    expect(allows(message({ thid: "any" }), alice, here, false)).toBe(true)
    expect(allows(message(none), alice, here, false)).toBe(false)
    expect(allows(message(), alice, here, false)).toBe(false)
  })

  test("thread stays in force for that thread until it is changed", () => {
    const [{ allows }, here] = [createReturnRoutes(), socket()]
    expect(allows(message({ ...thread("t"), thid: "t" }), alice, here, false)).toBe(true)
    expect(allows(message({ thid: "t" }), alice, here, false)).toBe(true)
    expect(allows(message({ thid: "u" }), alice, here, false)).toBe(false)
    expect(allows(message({ ...thread("u"), thid: "u" }), alice, here, false)).toBe(true)
    expect(allows(message({ thid: "t" }), alice, here, false)).toBe(false)
    expect(allows(message(all), alice, here, false)).toBe(true)
    expect(allows(message({ thid: "t" }), alice, here, false)).toBe(true)
  })

  test("each DID has its own route, and each socket its own DIDs", () => {
    const [{ allows }, here, there] = [createReturnRoutes(), socket(), socket()]
    allows(message(all), alice, here, false)
    expect(allows(message(), bob, here, false)).toBe(false)
    expect(allows(message(), alice, there, false)).toBe(false)
    expect(allows(message(), alice, null, false)).toBe(false)
    allows(message(all), bob, here, false)
    allows(message(none), alice, here, false)
    expect(allows(message(), bob, here, false)).toBe(true)
  })

  test("whoever is not proven opens nothing, closes nothing, and does not travel on another's route", () => {
    const [{ allows }, here] = [createReturnRoutes(), socket()]
    expect(allows(message(all), null, here, true)).toBe(true)
    expect(allows(message(), null, here, true)).toBe(false)
    allows(message(all), alice, here, false)
    expect(allows(message(), null, here, false)).toBe(false)
    allows(message(none), null, here, false)
    expect(allows(message(), alice, here, false)).toBe(true)
  })

  test("a message that opens sockets does so unless it says something else itself", () => {
    const { allows } = createReturnRoutes()
    const [silent, closed, narrow] = [socket(), socket(), socket()]
    expect(allows(message(), alice, silent, true)).toBe(true)
    expect(allows(message(), alice, silent, false)).toBe(true)
    expect(allows(message(none), alice, closed, true)).toBe(false)
    expect(allows(message(), alice, closed, false)).toBe(false)
    allows(message({ ...thread("t"), thid: "t" }), alice, narrow, false)
    expect(allows(message({ thid: "u" }), alice, narrow, true)).toBe(false)
  })

  test("there is room for 64 DIDs; the one that was silent longest gives way", () => {
    const [{ allows }, here] = [createReturnRoutes(), socket()]
    const people = Array.from({ length: 65 }, (_, index) => person(String(index)))
    const [first, second, ...others] = people
    if (!first || !second) return expect.unreachable()
    for (const one of people.slice(0, 64)) allows(message(all), one, here, false)
    expect(allows(message(), first, here, false)).toBe(true)
    allows(message(all), others.at(-1) ?? first, here, false)
    expect(allows(message(), second, here, false)).toBe(false)
    expect(allows(message(), first, here, false)).toBe(true)
  })
})

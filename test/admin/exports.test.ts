/** Queues, connections and invites: found by a text, and taken home as a file. */

import { expect, setDefaultTimeout, test } from "bun:test"
import { createResident } from "../kit/resident.ts"
import { openSocket } from "../kit/socket.ts"
import { desk, type Json } from "./desk.ts"

// Passwords are slow to hash on purpose.
setDefaultTimeout(60_000)

const ping = { type: "https://didcomm.org/trust-ping/2.0/ping", body: { response_requested: true } }

/** A desk with two who have labels, and what it says of a list and of its file. */
async function labelled() {
  const d = await desk()
  const [bob, eve] = [await d.m.resident(), await d.m.resident()]
  for (const [{ did }, label] of [[bob, "=Bob, of course"] as const, [eve, "Eve"] as const]) {
    await d.ada.call("PATCH", `/registrations/${encodeURIComponent(did)}`, { label })
  }
  const file = async (path: string) => {
    const response = await d.ada.send("GET", path)
    expect(response.status).toBe(200)
    return { name: response.headers.get("content-disposition"), text: await response.text() }
  }
  return {
    ...d,
    bob,
    eve,
    items: async (path: string): Promise<Json[]> => (await d.ada.call("GET", path)).body.items,
    objects: async (path: string): Promise<Json[]> => JSON.parse((await file(path)).text),
    rows: async (path: string) => {
      const { name, text } = await file(path)
      return { name, rows: text.trimEnd().split("\r\n") }
    },
    [Symbol.asyncDispose]: () => d[Symbol.asyncDispose](),
  }
}

test("queues are found by label or DID, and exported as they are found", async () => {
  await using d = await labelled()
  const { bob, eve } = d
  for (const who of [bob, bob, eve]) await d.m.post(await d.m.letter(createResident(), who.did, "hello"))
  expect(await d.items("/queues?text=bob")).toMatchObject([{ did: bob.did, messages: 2 }])
  expect(await d.items(`/queues?text=${encodeURIComponent(eve.did)}`)).toMatchObject([{ label: "Eve" }])
  expect(await d.items("/queues?text=nobody")).toEqual([])
  expect(await d.objects("/queues/export?format=json")).toEqual((await d.items("/queues?sort=oldest")).toReversed())
  const { name, rows } = await d.rows("/queues/export?text=bob")
  expect(name).toMatch(/filename="restante-queues-.*\.csv"$/)
  expect(rows).toHaveLength(2)
  expect(rows[0]).toBe("did,label,lanes,messages,bytes,oldest_at,unacknowledged")
  expect(rows[1]).toStartWith(`${bob.did},"'=Bob, of course",didcomm,2,`)
})

test("connections are found by an owner's label or DID or by the client's address, and exported", async () => {
  await using d = await labelled()
  const { bob, eve } = d
  await using one = await openSocket(d.m)
  await using two = await openSocket(d.m)
  await using _ = await openSocket(d.m)
  await one.ask(bob, ping)
  await two.ask(bob, ping)
  await two.ask(eve, ping)
  expect(await d.items("/connections?text=EVE")).toMatchObject([{ dids: [bob.did, eve.did] }])
  expect(await d.items(`/connections?text=${encodeURIComponent(bob.did)}`)).toHaveLength(2)
  expect(await d.items("/connections?text=local")).toHaveLength(3)
  expect(await d.items("/connections?text=nobody")).toEqual([])
  expect(await d.objects("/connections/export?format=json")).toEqual(await d.items("/connections"))
  expect(await d.objects(`/connections/export?format=json&did=${encodeURIComponent(eve.did)}`)).toHaveLength(1)
  const { name, rows } = await d.rows("/connections/export?text=eve")
  expect(name).toMatch(/filename="restante-connections-.*\.csv"$/)
  expect(rows).toHaveLength(2)
  expect(rows[0]).toBe("id,lane,dids,address,since,buffered_bytes,live")
  expect(rows[1]).toContain(`,didcomm,${bob.did} ${eve.did},local,`)
})

test("invites are found by label, and exported with their links for whoever may make some", async () => {
  await using d = await labelled()
  for (const label of ["Carol", "Dave"]) await d.ada.call("POST", "/invites", { label })
  const all = await d.items("/invites")
  const [dave, carol] = all
  expect(await d.items("/invites?text=caro")).toEqual([carol])
  expect(await d.items("/invites?text=bob")).toEqual([])
  expect(await d.objects("/invites/export?format=json")).toEqual(all)
  const { name, rows } = await d.rows("/invites/export?text=DAVE")
  expect(name).toMatch(/filename="restante-invites-.*\.csv"$/)
  expect(rows).toHaveLength(2)
  expect(rows[1]).toStartWith(`${dave.id},${dave.url},open,Dave,1,0,`)
  const { secret } = await d.program("read")
  const headers = { authorization: `Bearer ${secret}` }
  expect((await fetch(`${d.m.admin.url}/api/invites/export`, { headers })).status).toBe(403)
})

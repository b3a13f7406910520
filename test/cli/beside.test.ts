import { expect, test } from "bun:test"
import { executable } from "../kit/executable.ts"
import { coordination3, mediator, pickup3 } from "../kit/mediator.ts"
import { createResident, encrypted, type Resident } from "../kit/resident.ts"
import { home } from "./home.ts"
import { run } from "./run.ts"

/** The command line on the data of a running mediator. */
const desk = ({ url, folder }: { url: string; folder: string }) => {
  const place = ["--data-dir", folder, "--port", new URL(url).port]
  return (...args: string[]) => run([...args, ...place])
}

test("a wallet waits, is approved from the command line while the mediator runs, and then mediates", async () => {
  await using m = await mediator({ "admission-mode": "approval" })
  const cli = desk(m)
  const [bob, sender] = [createResident(), createResident()]
  const request = () => m.ask(bob, { type: `${coordination3}/mediate-request` })

  expect((await request()).type).toBe(`${coordination3}/mediate-deny`)
  const pending = JSON.parse((await cli("registration", "list", "--state", "pending", "--json")).stdout)
  expect(pending.items).toMatchObject([{ did: bob.did, state: "pending" }])

  expect(await cli("registration", "approve", bob.did)).toMatchObject({ exit: 0, stderr: "" })
  expect((await request()).type).toBe(`${coordination3}/mediate-grant`)
  const add = { updates: [{ recipient_did: bob.did, action: "add" }] }
  await m.ask(bob, { type: `${coordination3}/recipient-update`, body: add })
  expect(await m.post(await m.letter(sender, bob.did, "hello"))).toMatchObject({ status: 202 })
  expect(await m.inbox(bob)).toMatchObject([{ content: "hello" }])

  // What the server keeps is what the command line sees, and the other way round.
  expect(JSON.parse((await cli("mailbox", "show", bob.did, "--json")).stdout)).toMatchObject({
    waiting: { messages: 1 },
  })
  expect(await cli("mailbox", "purge", bob.did, "--yes")).toMatchObject({ exit: 0 })
  expect(await m.inbox(bob)).toEqual([])
})

test("who is suspended from the command line is served no more, until resumed; who is forgotten may ask again", async () => {
  await using m = await mediator({ "admission-mode": "approval" })
  const cli = desk(m)
  const bob = createResident()
  const request = async () => (await m.ask(bob, { type: `${coordination3}/mediate-request` })).type.split("/").at(-1)
  const status = async () => (await m.ask(bob, { type: `${pickup3}/status-request` })).type.split("/").at(-1)
  await request()
  await cli("registration", "approve", bob.did)
  expect(await status()).toBe("status")
  await cli("registration", "suspend", bob.did)
  expect(await status()).toBe("problem-report")
  expect(await request()).toBe("mediate-deny")
  await cli("registration", "resume", bob.did)
  expect(await status()).toBe("status")
  expect(await cli("registration", "forget", bob.did, "--yes")).toMatchObject({ exit: 0 })
  expect(await status()).toBe("problem-report")
  expect(await request()).toBe("mediate-deny")
  const { stdout } = await cli("registration", "show", bob.did, "--json")
  expect(JSON.parse(stdout).state).toBe("pending")
})

test("two command lines at once, beside a mediator that takes mail, lose nothing and make one chain", async () => {
  await using m = await mediator()
  const cli = desk(m)
  const residents = await Promise.all(Array.from({ length: 4 }, () => m.resident()))
  const [first, second, third, sender] = residents as [Resident, Resident, Resident, Resident]
  const mail = Promise.all(
    Array.from({ length: 40 }, async (_, n) => (await m.post(await m.letter(sender, third.did, `${n}`))).status),
  )
  const outcomes = await Promise.all([
    cli("registration", "suspend", first.did),
    cli("registration", "describe", second.did, "--label", "two"),
    cli("invite", "create", "--json"),
    cli("registration", "suspend", second.did),
  ])
  expect(outcomes.map(({ exit, stderr }) => [exit, stderr])).toEqual(outcomes.map(() => [0, ""]))
  expect(await mail).toEqual(Array.from({ length: 40 }, () => 202))
  expect(await m.inbox(third)).toHaveLength(40)
  expect(JSON.parse((await cli("audit", "verify", "--json")).stdout)).toMatchObject({ ok: true, broken: null })
  const { stdout } = await cli("registration", "list", "--state", "suspended", "--json")
  expect(
    JSON.parse(stdout)
      .items.map(({ did }: { did: string }) => did)
      .toSorted(),
  ).toEqual([first.did, second.did].toSorted())
})

test("of two command lines that approve the same wallet at once, both see it approved and one did it", async () => {
  const here = await home()
  await here.registered("did:web:anna.example", "pending")
  const outcomes = await Promise.all([1, 2, 3].map(() => here.cli("registration", "approve", "anna")))
  expect(outcomes.map(({ exit }) => exit).toSorted()).toEqual([0, 1, 1])
  const { items: lines } = await here.document("audit", "list", "--search", "registration.approve")
  expect(lines).toHaveLength(1)
})

test("the executable: approved beside it, the wallet is granted", async () => {
  await using m = await executable(["--admission-mode", "approval"])
  const cli = desk({ url: m.url, folder: m.dataDir })
  const bob = createResident()
  const request = async () => {
    const message = bob.plaintext({ type: `${coordination3}/mediate-request`, return_route: "all" }, m.did)
    const body = await bob.auth(message, m.did)
    const answer = await fetch(m.url, { method: "POST", body, headers: { "Content-Type": encrypted } })
    return (await bob.open(await answer.text())).type.split("/").at(-1)
  }
  expect(await request()).toBe("mediate-deny")
  expect(await cli("registration", "approve", bob.did.slice(0, 40))).toMatchObject({ exit: 0 })
  expect(await request()).toBe("mediate-grant")
})

test("a wallet that answers an invite of the command line does not wait; nobody gets in by one that is used up or revoked", async () => {
  await using m = await mediator({ "admission-mode": "approval" })
  const cli = desk(m)
  const create = async (...flags: string[]) => JSON.parse((await cli("invite", "create", "--json", ...flags)).stdout)
  const ask = async (pthid: string, who = createResident()) => {
    const { type } = await m.ask(who, { type: `${coordination3}/mediate-request`, pthid })
    return { who, answer: type.split("/").at(-1) }
  }
  const family = await create("--label", "family", "--max-messages", "7")
  const first = await ask(family.id)
  expect([first.answer, (await ask(family.id)).answer]).toEqual(["mediate-grant", "mediate-deny"])
  const shown = JSON.parse((await cli("registration", "show", first.who.did, "--json")).stdout)
  expect(shown).toMatchObject({
    state: "approved",
    invite: family.id.slice(0, 8),
    label: "family",
    overrides: { maxMessages: 7 },
  })
  expect(JSON.parse((await cli("invite", "show", family.id, "--json")).stdout)).toMatchObject({
    state: "used",
    used: 1,
  })

  const open = await create("--uses", "5")
  await cli("invite", "revoke", open.id)
  expect((await ask(open.id)).answer).toBe("mediate-deny")
})

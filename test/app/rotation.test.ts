import { describe, expect, setDefaultTimeout, test } from "bun:test"
import { readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Clock, systemClock } from "../../src/base/clock.ts"
import { importPrivateKey } from "../../src/crypto/keys.ts"
import { desk, type Json } from "../admin/desk.ts"
import { run } from "../cli/run.ts"
import { createClient, meet } from "../kit/decentrl.ts"
import { coordination2, coordination3, pickup3 } from "../kit/mediator.ts"
import { createResident, type Draft, type Resident } from "../kit/resident.ts"
import { openSocket } from "../kit/socket.ts"

/** The mediator's keys are replaced while wallets use it. */

setDefaultTimeout(30_000)

type Desk = Awaited<ReturnType<typeof desk>>

/** A clock that can be moved on, on which whatever comes every few seconds comes every few milliseconds. */
function movable() {
  let ahead = 0
  const clock: Clock = {
    ...systemClock,
    now: () => Date.now() + ahead,
    every: (ms, act) => systemClock.every(Math.min(ms, 40), act),
  }
  return { clock, move: (ms: number) => (ahead += ms) }
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000
  while (!(await holds())) {
    if (performance.now() > end) throw new Error("it never came to that")
    await Bun.sleep(20)
  }
}

const DAY = 86_400_000
const json = async (url: string): Promise<Json> =>
  (await fetch(url, { headers: { accept: "application/json" } })).json()
const didOf = async ({ m }: Desk) => (await fetch(`${m.url}/did`)).text()
const rotate = async ({ ada }: Desk, overlapDays: number) =>
  (await ada.call("POST", "/identity/rotate", { overlapDays })).body

/** Sends to one of the mediator's DIDs, and opens what it answers with. */
async function askAt({ m }: Desk, us: string, who: Resident, draft: Draft): Promise<Json> {
  const { status, text } = await m.post(await who.auth(who.plaintext({ return_route: "all", ...draft }, us), us))
  return status === 200 ? who.open(text) : { status }
}

/** A letter for `to`, in a forward that is sealed for one of the mediator's DIDs; the status it is answered with. */
async function letterBy({ m }: Desk, us: string, to: Resident, content: string): Promise<number> {
  const from = createResident()
  const sealed = await from.auth(
    from.plaintext({ type: "https://didcomm.org/basicmessage/2.0/message", body: { content } }, to.did),
    to.did,
  )
  const { from: _, ...forward } = { ...m.forward(from, to.did, sealed), to: [us] } as { from?: string }
  return (await m.post(await from.anon(forward, us))).status
}

async function inbox(d: Desk, us: string, who: Resident): Promise<string[]> {
  const { attachments = [] } = await askAt(d, us, who, { type: `${pickup3}/delivery-request`, body: { limit: 100 } })
  const open = async ({ data }: Json) => (await who.open(Buffer.from(data.base64, "base64url").toString())).body.content
  return Promise.all(attachments.map(open))
}

describe("while the overlap lasts", () => {
  test("pages, invitations and grants show the new DID, at once and without a restart", async () => {
    await using d = await desk()
    const { m, ada } = d
    const before = await json(`${m.url}/.well-known/did.json`)
    const report = await rotate(d, 30)
    const did = await didOf(d)
    expect(did).not.toBe(m.did)
    expect(report.dids.map((one: Json) => [one.did, one.isCurrent])).toEqual([
      [did, true],
      [expect.stringMatching(/^did:web:localhost/), true],
      [m.did, false],
    ])
    expect(report.overlapUntil).toBeWithin(Date.now() + 29 * DAY, Date.now() + 31 * DAY)
    expect(report.dids[2].until).toBe(report.overlapUntil)
    const invitation = await json(`${m.url}/invitation`)
    expect(invitation.from).toBe(did)
    expect(await (await fetch(`${m.url}/invitationOOB`)).text()).toBe(report.invitationUrl)
    expect(await (await fetch(m.url)).text()).toContain(did)
    expect((await ada.call("GET", "/status")).body).toMatchObject({ did, invitationUrl: report.invitationUrl })
    const { body: invite } = await ada.call("POST", "/invites", { label: "", uses: 1, expiresIn: null })
    expect(Buffer.from(invite.url.split("_oob=")[1], "base64url").toString()).toContain(did)
    const after = await json(`${m.url}/.well-known/did.json`)
    expect(after.id).toBe(before.id)
    expect(after.keyAgreement.slice(0, 2)).toEqual([`${after.id}#key-3`, `${after.id}#key-1`])
    const { items: lines } = (await ada.call("GET", "/audit?text=identity.rotated")).body
    expect(lines).toMatchObject([{ actor: expect.stringMatching(/^ada@/), subject: did }])
    // Whoever asks the old DID for a mailbox is told to be reached by the new one.
    const asked = await askAt(d, m.did, createResident(), { type: `${coordination2}/mediate-request` })
    expect([asked.from, asked.body.routing_did]).toEqual([m.did, did])
    const array = await askAt(d, m.did, createResident(), { type: `${coordination3}/mediate-request` })
    expect(array.body.routing_did).toEqual([did])
  })

  test("an old wallet notices nothing: its DID answers as itself, and its mail comes by either", async () => {
    await using d = await desk()
    const { m } = d
    const anna = await m.resident()
    await using socket = await openSocket(m)
    await socket.ask(anna, { type: `${pickup3}/live-delivery-change`, body: { live_delivery: true } })
    await rotate(d, 30)
    const did = await didOf(d)
    expect(await letterBy(d, m.did, anna, "by the old")).toBe(202)
    expect(await letterBy(d, did, anna, "by the new")).toBe(202)
    for (const _ of ["old", "new"]) expect((await anna.open(await socket.next())).from).toBe(m.did)
    expect((await inbox(d, m.did, anna)).toSorted()).toEqual(["by the new", "by the old"])
    const status = await askAt(d, m.did, anna, { type: `${pickup3}/status-request` })
    expect(status).toMatchObject({ from: m.did, body: { message_count: 2 } })
    const more = { updates: [{ recipient_did: createResident().did, action: "add" }] }
    const added = await askAt(d, m.did, anna, { type: `${coordination3}/recipient-update`, body: more })
    expect(added.body.updated).toMatchObject([{ result: "success" }])
  })

  test("a new wallet lives at the new DID, and the same one may come by both", async () => {
    await using d = await desk()
    const anna = await d.m.resident()
    await rotate(d, 30)
    const did = await didOf(d)
    const ben = createResident()
    expect((await askAt(d, did, ben, { type: `${coordination3}/mediate-request` })).body.routing_did).toEqual([did])
    const updates = [{ recipient_did: ben.did, action: "add" }]
    await askAt(d, did, ben, { type: `${coordination3}/recipient-update`, body: { updates } })
    expect(await letterBy(d, d.m.did, ben, "hello")).toBe(202)
    expect(await inbox(d, did, ben)).toEqual(["hello"])
    expect((await askAt(d, did, anna, { type: `${pickup3}/status-request` })).from).toBe(did)
  })

  test("a Decentrl member goes on under its contract, and new ones get contracts that verify as the old ones do", async () => {
    await using d = await desk()
    const anna = await createClient(await meet(d.m.url), "anna")
    const { contract } = (await anna.register()).payload
    await rotate(d, 30)
    expect((await anna.ask("QUERY_PENDING_EVENTS")).status).toBe(200)
    expect((await anna.ask("SAVE_COMMUNICATION_CONTRACT", { contract: contract ?? null })).status).toBe(200)
    const home = await meet(d.m.url)
    expect(home).toEqual(anna.home)
    const ben = await createClient(home, "ben")
    const made = (await ben.register()).payload.contract ?? null
    expect((await ben.ask("SAVE_COMMUNICATION_CONTRACT", { contract: made })).status).toBe(200)
  })

  test("it is counted who last wrote to which keys", async () => {
    const { clock, move } = movable()
    await using d = await desk({}, { clock })
    const { m, ada } = d
    const [anna, ben] = [await m.resident(), await m.resident()]
    const report = async () => (await ada.call("GET", "/identity")).body
    await until(async () => (await report()).members.current === 2)
    await rotate(d, 30)
    expect(await report()).toMatchObject({ members: { current: 0, unheard: 0 }, retired: [{ did: m.did, members: 2 }] })
    // Who comes is noted once in five minutes.
    move(10 * 60_000)
    await askAt(d, await didOf(d), anna, { type: `${pickup3}/status-request` })
    await askAt(d, m.did, ben, { type: `${pickup3}/status-request` })
    await until(async () => (await report()).members.current === 1)
    expect((await report()).retired).toMatchObject([{ did: m.did, members: 1, hasEnded: false }])
  })
})

describe("when the overlap is over", () => {
  test("the old DID opens nothing more, whoever knows is told so, and no mail that was kept is lost", async () => {
    const { clock, move } = movable()
    await using d = await desk({}, { clock })
    const anna = await d.m.resident()
    await rotate(d, 1)
    const did = await didOf(d)
    expect(await letterBy(d, d.m.did, anna, "in time")).toBe(202)
    move(DAY)
    await until(async () => {
      // A leap of a whole day is believed when it has lasted.
      move(DAY / 24)
      return (await letterBy(d, d.m.did, anna, "too late")) === 400
    })
    expect(await askAt(d, d.m.did, anna, { type: `${pickup3}/status-request` })).toEqual({ status: 400 })
    expect((await inbox(d, did, anna)).filter((content) => content === "in time")).toEqual(["in time"])
    const { dids } = await json(`${d.m.url}/did`)
    expect(dids).not.toContain(d.m.did)
    const { keyAgreement } = await json(`${d.m.url}/did.json`)
    expect(keyAgreement[0]).toEndWith("#key-3")
    expect(keyAgreement.some((id: string) => id.endsWith("#key-1"))).toBe(false)
  })

  test("it can be begun again, because the old keys are kept", async () => {
    await using d = await desk()
    const anna = await d.m.resident()
    await rotate(d, 0)
    expect(await letterBy(d, d.m.did, anna, "hello")).toBe(400)
    const { status, body } = await d.ada.call("POST", "/identity/extend", { overlapDays: 5 })
    expect([status, body.retired]).toMatchObject([200, [{ did: d.m.did, hasEnded: false }]])
    expect(await letterBy(d, d.m.did, anna, "hello")).toBe(202)
  })

  test("who has stolen the old keys gets nowhere with them, and did not get a mailbox before", async () => {
    await using d = await desk()
    const [stolen] = JSON.parse(readFileSync(join(d.m.folder, "identity.json"), "utf8")).generations
    const key = importPrivateKey(stolen.agreement) ?? expect.unreachable("a key")
    const thief = createResident()
    const ask = async (us: string) => {
      const message = thief.plaintext(
        { type: `${coordination3}/mediate-request`, return_route: "all", from: d.m.did },
        us,
      )
      const { status, text } = await d.m.post(await thief.auth(message, us, { kid: `${d.m.did}#key-1`, key }))
      return [status, text === "" ? "" : "an answer"]
    }
    expect(await ask(d.m.did)).toEqual([400, ""])
    await rotate(d, 0)
    expect(await ask(await didOf(d))).toEqual([400, ""])
  })

  test("without a rotation there is nothing to begin again", async () => {
    await using d = await desk()
    const { status, body } = await d.ada.call("POST", "/identity/extend", { overlapDays: 5 })
    expect([status, body.error.code]).toEqual([409, "identity.never_rotated"])
    for (const overlapDays of [-1, 4000, "5"]) {
      expect((await d.ada.call("POST", "/identity/rotate", { overlapDays })).status).toBe(400)
    }
  })
})

describe("beside a mediator that runs", () => {
  test("restante did rotate is noticed, and the file is for its owner only", async () => {
    await using d = await desk({}, { clock: movable().clock })
    const { m } = d
    const anna = await m.resident()
    const place = ["--data-dir", m.folder, "--public-url", `http://localhost:${new URL(m.url).port}`]
    const { stdout, exit } = await run(["did", "rotate", "--overlap", "2d", "--yes", "--json", ...place])
    const report = JSON.parse(stdout)
    expect([exit, report.dids[2].did]).toEqual([0, m.did])
    await until(async () => (await didOf(d)) === report.dids[0].did)
    expect(await letterBy(d, report.dids[0].did, anna, "hello")).toBe(202)
    expect(statSync(join(m.folder, "identity.json")).mode & 0o777).toBe(0o600)
  })

  test("a file that was spoilt changes nothing, and the log says so", async () => {
    await using d = await desk({}, { clock: movable().clock })
    const { m } = d
    const path = join(m.folder, "identity.json")
    const whole = readFileSync(path, "utf8")
    writeFileSync(path, whole.slice(0, 100))
    await until(() => m.logged.join("").includes("identity.kept_old"))
    expect(await didOf(d)).toBe(m.did)
    expect((await rotate(d, 1)).error.code).toBe("identity.unusable")
    writeFileSync(path, whole)
    expect((await rotate(d, 1)).dids[2].did).toBe(m.did)
  })
})

describe("a copy of the keys", () => {
  test("is sealed, audited, and makes the same mediator elsewhere", async () => {
    await using d = await desk()
    const { m, ada } = d
    await rotate(d, 5)
    const passphrase = "correct horse battery staple"
    const response = await ada.send("POST", "/identity/export", { passphrase })
    expect(response.headers.get("content-disposition")).toContain("restante-identity.sealed")
    const sealed = new Uint8Array(await response.arrayBuffer())
    const [key] = JSON.parse(readFileSync(join(m.folder, "identity.json"), "utf8")).generations
    expect(Buffer.from(sealed).includes(key.agreement.d)).toBe(false)
    expect((await ada.call("GET", "/audit?limit=1")).body.items[0].action).toBe("identity.exported")
    const [file, words, folder] = ["sealed", "words", "elsewhere"].map((name) => join(m.folder, name)) as [
      string,
      string,
      string,
    ]
    writeFileSync(file, sealed)
    writeFileSync(words, `${passphrase}\n`)
    const place = ["--data-dir", folder, "--public-url", `http://localhost:${new URL(m.url).port}`]
    const { stdout, exit } = await run(["did", "import", file, "--passphrase-file", words, "--json", ...place])
    const { dids } = await json(`${m.url}/did`)
    expect([exit, JSON.parse(stdout).dids]).toEqual([0, dids])
  })

  test("with a short passphrase is not made", async () => {
    await using d = await desk()
    const { status, body } = await d.ada.call("POST", "/identity/export", { passphrase: "short" })
    expect([status, body.error.code]).toEqual([400, "passphrase.short"])
  })
})

import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test"
import { type Executable, executable } from "../kit/executable.ts"
import { createResident, type Resident } from "../kit/resident.ts"
import { telltale } from "../transport/raw.ts"
import { ask, isAccepted, letter, post, resident } from "./people.ts"

/** Well-formed requests with content that was made to hurt, through the executable. */

let mediator: Executable
let bob: Resident
const mallory = createResident()

beforeAll(async () => {
  mediator = await executable(["--log-level", "debug"])
  bob = await resident(mediator)
})

afterAll(async () => {
  await mediator[Symbol.asyncDispose]()
})

afterEach(async () => {
  expect((await fetch(`${mediator.url}/healthz`)).status).toBe(200)
  expect(await isAccepted(mediator.url, (await letter(mediator, bob.did, "after")).bytes)).toBe(true)
})

/** Posts it; what comes back must come soon and tell nothing. */
async function refused(text: string): Promise<number> {
  const start = performance.now()
  const response = await post(mediator.url, text)
  expect(await response.text()).not.toMatch(telltale)
  expect(performance.now() - start).toBeLessThan(2_000)
  return response.status
}

const deep = (levels: number, [open, close]: readonly [string, string] = ["[", "]"]) =>
  `${open.repeat(levels)}0${close.repeat(levels)}`
const deepObject = (levels: number) => deep(levels, ['{"a":', "}"])
const manyMembers = `{${Array.from({ length: 80_000 }, (_, n) => `"m${n}":0`).join()}}`
const plain = (body: string, more = "") =>
  `{"id":"1","type":"https://didcomm.org/trust-ping/2.0/ping","to":["${mediator.did}"],"body":${body}${more}}`

const bombs: readonly (readonly [string, () => string])[] = [
  ["half a million brackets", () => deep(500_000)],
  ["objects a hundred thousand deep", () => deepObject(100_000)],
  ["a ciphertext that is deep", () => `{"ciphertext":${deep(100_000)}}`],
  ["eighty thousand members", () => manyMembers],
  ["a million quotes", () => '"'.repeat(1_000_000)],
  ["a million backslashes in a string", () => `{"a":"${"\\".repeat(1_000_000)}"}`],
  ["a number without end", () => `{"a":${"9".repeat(1_000_000)}}`],
  ["1e400", () => '{"ciphertext":1e400,"protected":-1e400,"recipients":[1e400]}'],
  ["lone surrogates", () => '{"ciphertext":"\\ud800","protected":"\\udc00\\ud800","recipients":[]}'],
  ["members of every object", () => '{"__proto__":{"ciphertext":"x"},"constructor":{"prototype":{}},"toString":1}'],
]

describe("an envelope that is", () => {
  test.each(bombs)("%s is refused with 400", async (_, make) => {
    expect(await refused(make())).toBe(400)
  })

  test("good, but for ten thousand recipients, is refused with 400", async () => {
    const jwe = JSON.parse(await mallory.anon(plain("{}"), mediator.did))
    const [first] = jwe.recipients
    jwe.recipients = Array.from({ length: 10_000 }, (_, n) => ({
      ...first,
      header: { kid: `${first.header.kid}${n}` },
    }))
    expect(await refused(JSON.stringify(jwe).slice(0, 1_000_000))).toBe(400)
    jwe.recipients = Array.from({ length: 10_000 }, () => ({ header: { kid: "did:x:y#z" }, encrypted_key: "" }))
    expect(await refused(JSON.stringify(jwe))).toBe(400)
  })

  test("sealed in itself, again and again, is refused with 400", async () => {
    let layers = await mallory.anon(plain("{}"), mediator.did)
    for (let n = 0; n < 12; n++) layers = await mallory.anon(layers, mediator.did)
    expect(await refused(layers)).toBe(400)
  })

  test("signed a thousandfold, is refused with 400", async () => {
    const jws = JSON.parse(await mallory.sign(plain("{}")))
    const signatures = Array.from({ length: 1_000 }, () => jws.signatures[0])
    expect(await refused(JSON.stringify({ ...jws, signatures }))).toBe(400)
  })
})

describe("a message whose sealed content is", () => {
  test.each(bombs)("%s is refused with 400", async (_, make) => {
    const content = make().slice(0, 500_000)
    expect(await refused(await mallory.anon(content, mediator.did))).toBe(400)
    const body = content.startsWith("{") && content.endsWith("}") ? content : `{"a":${content}}`
    const status = await refused(await mallory.anon(plain(body), mediator.did))
    expect([200, 202, 400]).toContain(status)
  })

  test("a forward to ourselves, in a forward to ourselves, ten deep, is not followed to the end", async () => {
    let text = await mallory.anon(plain("{}"), mediator.did)
    for (let n = 0; n < 10; n++) {
      const message = {
        id: `${n}`,
        type: "https://didcomm.org/routing/2.0/forward",
        body: { next: mediator.did },
        attachments: [{ id: "1", data: { json: JSON.parse(text) } }],
      }
      text = await mallory.anon(message, mediator.did)
    }
    expect(await refused(text)).toBe(400)
  })

  test("a forward with ten thousand attachments is refused", async () => {
    const attachments = Array.from({ length: 10_000 }, (_, n) => ({ id: `${n}`, data: { json: { ciphertext: "" } } }))
    const type = "https://didcomm.org/routing/2.0/forward"
    const forward = { id: "1", type, body: { next: bob.did }, attachments }
    expect(await refused(await mallory.anon(forward, mediator.did))).toBe(400)
  })

  test("times and numbers out of range are refused or ignored, and move nothing", async () => {
    const before = await waitingCount()
    for (const time of ["1e400", "-1", "1e15", '"now"', "0.5", "null"]) {
      const forward = `{"id":"1","type":"https://didcomm.org/routing/2.0/forward","body":{"next":"${bob.did}"},
        "expires_time":${time},"attachments":[{"id":"1","data":{"json":{"ciphertext":"${time.length}"}}}]}`
      expect(await refused(await mallory.anon(forward, mediator.did))).toBe(400)
    }
    expect(await waitingCount()).toBe(before)
  })
})

const waitingCount = async () =>
  (await ask(mediator, bob, { type: "https://didcomm.org/messagepickup/3.0/status-request" })).body.message_count

test("nobody can write a line into the log, or colour it", async () => {
  const forged = "\n2026-01-01T00:00:00.000Z error forged x=1\r\n\u001b[31mred\u001b[0m\u2028\u0085\u0007"
  const types = [`https://didcomm.org/x${forged}/1.0/y`, "https://didcomm.org/report-problem/2.0/problem-report"]
  for (const type of types) {
    const body = { code: `e.p.x${forged}`, comment: forged, args: [forged] }
    const draft = { type, body, pthid: `a${forged}`, id: `b${forged}`, thid: `c${forged}`, return_route: "all" }
    await post(mediator.url, await bob.auth(bob.plaintext(draft, mediator.did), mediator.did))
    await post(mediator.url, await mallory.auth(mallory.plaintext(draft, mediator.did), mediator.did))
  }
  const forward = { id: "1", type: "https://didcomm.org/routing/2.0/forward", body: { next: `did:x:${forged}` } }
  await post(mediator.url, await mallory.anon({ ...forward, attachments: [{ data: { json: {} } }] }, mediator.did))
  await post(mediator.url, "{}", `text/plain${forged.replaceAll(/[^ -~]/g, "")}`)
  await Bun.sleep(100)
  const lines = mediator.stderr().trimEnd().split("\n")
  expect(lines.length).toBeGreaterThan(3)
  for (const line of lines) {
    expect(line).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z (error|warn |info |debug) [a-z_]+\.[a-z_]+( |$)/)
    expect(line).toMatch(/^[ -~]*$/)
    expect(line).not.toMatch(/^\S+ error/)
  }
})

test("what clients do wrong is never logged above debug, and never with a stack", async () => {
  await refused("{")
  await refused(await mallory.anon("{", mediator.did))
  await Bun.sleep(50)
  expect(mediator.stderr()).not.toMatch(/^\S+ (error|warn) /m)
  expect(mediator.stderr()).not.toMatch(/\bat [\w.<>]+ \(/)
})

test("DIDs are not in the log", async () => {
  expect(mediator.stderr()).not.toContain(bob.did)
  expect(mediator.stderr()).not.toContain(mallory.did)
})

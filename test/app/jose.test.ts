import { expect, test } from "bun:test"
import { openJoseThreads } from "../../src/app/jose/threads.ts"
import { toUtf8 } from "../../src/base/bytes.ts"
import { parseObject } from "../../src/base/json.ts"
import type { Log } from "../../src/base/log.ts"
import { signatureAlgorithms } from "../../src/crypto/algorithms.ts"
import { openJwe, parseJwe, sealJwe } from "../../src/crypto/jwe.ts"
import { generatePrivateKey, type PrivateKey, type PublicKey, publicHalf } from "../../src/crypto/keys.ts"
import { createJose } from "../../src/didcomm/jose.ts"
import { Fault } from "../../src/faults.ts"

const us = "did:example:us#key-1"
const bob = "did:example:bob#key-1"

/** Threads with our key and Bob's, what they were asked for, what went to the log, and the threads themselves. */
function house() {
  const keys = { ours: generatePrivateKey("X25519"), bob: generatePrivateKey("X25519") }
  const asked: string[] = []
  const logged: string[] = []
  const workers: Worker[] = []
  let mark = {}
  let bobsKey = async (): Promise<PublicKey> => publicHalf(keys.bob)
  const given = {
    ours(kid: string) {
      asked.push(kid)
      return kid === us ? keys.ours : null
    },
    theirs(_: string, kid: string) {
      asked.push(kid)
      return bobsKey()
    },
    mark: () => mark,
  }
  const log = { error: (event: string) => void logged.push(event) } as Log
  const threads = openJoseThreads(given, { log }, () => {
    const worker = new Worker(new URL("../../src/app/jose/worker.ts", import.meta.url))
    workers.push(worker)
    return worker
  })
  const letter = async (text: string, by?: PrivateKey, to = keys.ours) =>
    toUtf8(
      await sealJwe(toUtf8(text), {
        recipients: [{ kid: us, key: publicHalf(to) }],
        ...(by && { sender: { kid: bob, key: by } }),
      }),
    )
  return {
    ...{ threads, keys, asked, logged, workers, letter },
    here: createJose(given),
    replaceKeys() {
      keys.ours = generatePrivateKey("X25519")
      mark = {}
    },
    resolveBob(how: () => Promise<PublicKey>) {
      bobsKey = how
    },
    [Symbol.dispose]: () => threads[Symbol.dispose](),
  }
}

/** What became of it: a promise that another thread settles is not to be left to `rejects`. */
async function outcome(act: Promise<unknown>): Promise<unknown> {
  const [{ status, ...rest }] = await Promise.allSettled([act])
  return status === "fulfilled" ? Object.values(rest)[0] : Fault.from(Object.values(rest)[0])
}

test("a thread opens what this one would open, to the last byte", async () => {
  using home = house()
  for (const envelope of [await home.letter('{"a":"é😀"}'), await home.letter('{"b":1}', home.keys.bob)]) {
    expect(await home.threads.open(envelope)).toEqual(await home.here.open(envelope))
  }
})

test.each([7, 200_000])("what was sealed of %i characters, its receiver opens", async (length) => {
  using home = house()
  const content = `"${"c".repeat(length - 2)}"`
  const text = await home.threads.seal(content, { kid: bob, key: publicHalf(home.keys.bob) }, us)
  const opened = await openJwe(
    parseJwe(parseObject(text) ?? {}),
    { kid: bob, key: home.keys.bob },
    publicHalf(home.keys.ours),
  )
  expect(new TextDecoder().decode(opened)).toBe(content)
})

test("a thread tells a signature from another", async () => {
  using home = house()
  const signer = generatePrivateKey("Ed25519")
  const signature = Buffer.from(signatureAlgorithms.EdDSA.sign(signer, toUtf8("what was signed: é"))).toString("base64")
  const verify = (text: string, by: string) => home.threads.verify(publicHalf(signer), text, by)
  expect(await verify("what was signed: é", signature)).toBe(true)
  expect(await verify("what was not", signature)).toBe(false)
  for (const other of ["", "!", signature.slice(0, -4)]) expect(await verify("what was signed: é", other)).toBe(false)
})

test("what is wrong with an envelope is told as here", async () => {
  using home = house()
  const other = await home.letter("{}", undefined, generatePrivateKey("X25519"))
  for (const envelope of [toUtf8("{"), toUtf8("{}"), new Uint8Array([0x7b, 0xff, 0x7d]), other]) {
    const [here, there] = [await outcome(home.here.open(envelope)), await outcome(home.threads.open(envelope))]
    expect(there).toBeInstanceOf(Fault)
    expect(there).toMatchObject({ code: (here as Fault).code, detail: (here as Fault).detail })
  }
})

test("what is larger than the memory between the threads gets through, too", async () => {
  using home = house()
  const text = `{"é":"${"x".repeat(1_500_000)}"}`
  const letters = [await home.letter(text), await home.letter('{"short":1}')]
  const opened = await Promise.all(letters.map((letter) => home.threads.open(letter)))
  expect(opened.map((one) => one.text)).toEqual([text, '{"short":1}'])
})

test("hundreds at once each get their own answer", async () => {
  using home = house()
  const letters = await Promise.all(Array.from({ length: 300 }, (_, n) => home.letter(`{"n":${n}}`)))
  const opened = await Promise.all(letters.map((letter) => home.threads.open(letter)))
  expect(opened.map(({ text }) => text)).toEqual(letters.map((_, n) => `{"n":${n}}`))
})

test("a sender whose document is long in coming holds nobody up, and one without a document is refused", async () => {
  using home = house()
  const { promise, resolve } = Promise.withResolvers<PublicKey>()
  home.resolveBob(() => promise)
  const slow = home.threads.open(await home.letter('{"slow":1}', home.keys.bob))
  const quick = await home.letter('{"quick":1}')
  for (let time = 0; time < 20; time++) expect((await home.threads.open(quick)).text).toBe('{"quick":1}')
  resolve(publicHalf(home.keys.bob))
  expect((await slow).text).toBe('{"slow":1}')
  home.resolveBob(async () => {
    throw new Fault("did.unresolvable", { detail: "nobody there" })
  })
  const refused = await outcome(home.threads.open(await home.letter("{}", home.keys.bob)))
  expect(refused).toMatchObject({ code: "did.unresolvable", detail: "nobody there" })
})

test("our keys are asked for once, and anew when they were replaced", async () => {
  using home = house()
  const before = await home.letter('{"before":1}')
  await home.threads.open(before)
  await home.threads.open(before)
  expect(home.asked).toEqual([us])
  home.replaceKeys()
  expect(await outcome(home.threads.open(before))).toMatchObject({ code: "envelope.unreadable" })
  expect((await home.threads.open(await home.letter('{"after":1}'))).text).toBe('{"after":1}')
  expect(home.asked).toEqual([us, us])
})

test("a thread that ends takes along only what it was doing, is in the log, and is replaced", async () => {
  using home = house()
  home.resolveBob(() => new Promise(() => {}))
  const stuck = outcome(home.threads.open(await home.letter("{}", home.keys.bob)))
  while (!home.asked.includes(bob)) await Bun.sleep(1)
  for (const worker of home.workers.splice(0)) worker.terminate()
  expect(await stuck).toMatchObject({ code: "internal" })
  expect(home.logged).toEqual(["jose.thread_lost"])
  expect((await home.threads.open(await home.letter('{"next":1}'))).text).toBe('{"next":1}')
})

test("whoever waits when the threads are stopped is told so", async () => {
  const home = house()
  home.resolveBob(() => new Promise(() => {}))
  const stuck = outcome(home.threads.open(await home.letter("{}", home.keys.bob)))
  while (!home.asked.includes(bob)) await Bun.sleep(1)
  home[Symbol.dispose]()
  expect(await stuck).toMatchObject({ code: "internal", detail: "the mediator stops" })
  expect(home.logged).toEqual([])
})

import { expect, setDefaultTimeout, test } from "bun:test"
import fc from "fast-check"
import { concat, toUtf8 } from "../../src/base/bytes.ts"
import { systemRandom as random } from "../../src/base/random.ts"
import { isSealed, open, openStream, seal, sealStream } from "../../src/crypto/passphrase.ts"
import { Fault } from "../../src/faults.ts"

// Making a key is slow on purpose.
setDefaultTimeout(30_000)

const PASSPHRASE = "twelve little words"
const CHUNK = 64 * 1024

const collect = async (stream: AsyncIterable<Uint8Array>) => concat(...(await Array.fromAsync(stream)))

/** What stopped it, as a code; null when it went well. */
async function refusal(act: Promise<unknown>): Promise<string | null> {
  const [outcome] = await Promise.allSettled([act])
  if (outcome.status === "fulfilled") return null
  return outcome.reason instanceof Fault ? outcome.reason.code : String(outcome.reason)
}

test.each([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])("%d bytes come back as they were", async (length) => {
  const bytes = random.bytes(length)
  const sealed = await seal(bytes, PASSPHRASE, { random })
  expect(isSealed(sealed)).toBe(true)
  // Of fewer bytes some may be there by chance.
  if (length > 16) expect(Buffer.from(sealed).includes(bytes.subarray(0, 16))).toBe(false)
  expect(await open(sealed, PASSPHRASE)).toEqual(bytes)
})

test("a stream may be cut anywhere, when it is sealed and when it is opened", async () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(cuts, cuts, async (written, read) => {
      const parts = written.map((size) => random.bytes(size))
      const sealed = await collect(sealStream(parts, PASSPHRASE, { random }))
      const pieces = Array.from(read, (_, at) => {
        const from = read.slice(0, at).reduce((sum, size) => sum + size, 0)
        return sealed.subarray(from, at === read.length - 1 ? undefined : from + (read[at] ?? 0))
      })
      expect(await collect(openStream(pieces, PASSPHRASE))).toEqual(concat(...parts))
    }),
    { numRuns: 5 },
  )
})

test("the same words composed differently are the same passphrase", async () => {
  const sealed = await seal(toUtf8("hello"), "caf\u00e9 au lait noir", { random })
  expect(await open(sealed, "cafe\u0301 au lait noir")).toEqual(toUtf8("hello"))
})

test("another passphrase opens nothing", async () => {
  const sealed = await seal(toUtf8("hello"), PASSPHRASE, { random })
  expect(await refusal(open(sealed, `${PASSPHRASE}.`))).toBe("sealed.unreadable")
})

test("a chunk that is changed, missing, repeated, moved, or that of another file is refused", async () => {
  const sealed = await seal(random.bytes(3 * CHUNK), PASSPHRASE, { random })
  const start = sealed.indexOf(0x0a) + 1
  const [line, a, b, c] = [
    sealed.subarray(0, start),
    ...[0, 1, 2].map((at) => sealed.subarray(start + at * (CHUNK + 16), start + (at + 1) * (CHUNK + 16))),
  ] as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
  expect(await refusal(open(concat(line, a, b, c), PASSPHRASE))).toBeNull()
  const changed = Uint8Array.from(b)
  changed[100] = (changed[100] ?? 0) ^ 1
  for (const parts of [[a, changed, c], [a, b], [a, c], [a, b, b, c], [b, a, c], [a, b, c.subarray(0, -1)], []]) {
    expect(await refusal(open(concat(line, ...parts), PASSPHRASE))).toBe("sealed.unreadable")
  }
  const other = await seal(random.bytes(10), PASSPHRASE, { random })
  const otherLine = other.subarray(0, other.indexOf(0x0a) + 1)
  expect(await refusal(open(concat(otherLine, a, b, c), PASSPHRASE))).toBe("sealed.unreadable")
})

test.each([
  "",
  "hello\n",
  "x".repeat(1000),
  "restante-sealed 2 scrypt 65536 8 2 AAAAAAAAAAAAAAAAAAAAAA\n",
  "restante-sealed 1 scrypt 65535 8 2 AAAAAAAAAAAAAAAAAAAAAA\n",
  "restante-sealed 1 scrypt 1048576 16 1 AAAAAAAAAAAAAAAAAAAAAA\n",
  "restante-sealed 1 scrypt 65536 0 2 AAAAAAAAAAAAAAAAAAAAAA\n",
  "restante-sealed 1 scrypt 99999999 8 2 AAAAAAAAAAAAAAAAAAAAAA\n",
  "restante-sealed 1 scrypt 65536 8 2 AAAAAAAAAAAAAAAAAAAAAB\n",
])("what is no sealed file, or asks for too much work, is refused at once: %j", async (text) => {
  expect(await refusal(open(toUtf8(text), PASSPHRASE))).toBe("sealed.unreadable")
})

test("a passphrase that is too short seals nothing", async () => {
  expect(await refusal(seal(toUtf8("hello"), "eleven char", { random }))).toBe("passphrase.short")
})

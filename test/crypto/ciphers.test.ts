import { expect, test } from "bun:test"
import { createCipheriv, createHmac } from "node:crypto"
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js"
import fc from "fast-check"
import { concat, toHex, toUtf8 } from "../../src/base/bytes.ts"
import { contentEncryptions, isContentEncryption } from "../../src/crypto/algorithms.ts"

const hex = (text: string) => new Uint8Array(Buffer.from(text, "hex"))
const names = Object.keys(contentEncryptions).filter(isContentEncryption)

test("A256CBC-HS512 makes the ciphertext and tag of RFC 7518 appendix B.3", async () => {
  const key = Uint8Array.from({ length: 64 }, (_, at) => at)
  const aad = toUtf8("The second principle of Auguste Kerckhoffs")
  const plaintext = toUtf8(
    "A cipher system must not be required to be secret, and it must be able to fall into the hands of the enemy without inconvenience",
  )
  const iv = hex("1af38c2dc2b96ffdd86694092341bc04")
  const sealed = await contentEncryptions["A256CBC-HS512"].encrypt(key, iv, aad, plaintext)
  expect(toHex(sealed.ciphertext)).toStartWith("4affaaadb78c31c5da4b1b590d10ffbd")
  expect(sealed.ciphertext).toHaveLength(144)
  expect(toHex(sealed.tag)).toBe("4dd3b4c088a7f45c216839645b2012bf2e6269a8c56a816dbc1b267761955bc5")
  expect(await contentEncryptions["A256CBC-HS512"].decrypt(key, iv, aad, sealed)).toEqual(plaintext)
})

test("XC20P makes the ciphertext and tag of draft-irtf-cfrg-xchacha appendix A.3.1", async () => {
  const plaintext = toUtf8(
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
  )
  const key = Uint8Array.from({ length: 32 }, (_, at) => 0x80 + at)
  const iv = Uint8Array.from({ length: 24 }, (_, at) => 0x40 + at)
  const { ciphertext, tag } = await contentEncryptions.XC20P.encrypt(
    key,
    iv,
    hex("50515253c0c1c2c3c4c5c6c7"),
    plaintext,
  )
  expect(toHex(ciphertext)).toStartWith("bd6d179d3e83d43b9576579493c0e939")
  expect(toHex(tag)).toBe("c0875924c1c7987947deafd8780acf49")
})

const bytesOf = (size: number) => fc.uint8Array({ minLength: size, maxLength: size })

test("XC20P makes the bytes that another implementation makes, whatever the lengths", async () => {
  const inputs = [
    bytesOf(32),
    bytesOf(24),
    fc.uint8Array({ maxLength: 40 }),
    fc.uint8Array({ maxLength: 300 }),
  ] as const
  await fc.assert(
    fc.asyncProperty(...inputs, async (key, iv, aad, plaintext) => {
      const { ciphertext, tag } = await contentEncryptions.XC20P.encrypt(key, iv, aad, plaintext)
      expect(concat(ciphertext, tag)).toEqual(xchacha20poly1305(key, iv, aad).encrypt(plaintext))
    }),
    { numRuns: 60 },
  )
})

test.each(names)("%s opens what it sealed, and nothing with one changed bit anywhere", async (name) => {
  const { keySize, ivSize, tagSize, blockSize, encrypt, decrypt } = contentEncryptions[name]
  const inputs = [
    bytesOf(keySize),
    bytesOf(ivSize),
    fc.uint8Array(),
    fc.uint8Array(),
    fc.nat(),
    fc.nat({ max: 7 }),
  ] as const
  await fc.assert(
    fc.asyncProperty(...inputs, async (key, iv, aad, plaintext, place, bit) => {
      const sealed = await encrypt(key, iv, aad, plaintext)
      const { ciphertext, tag } = sealed
      expect(tag).toHaveLength(tagSize)
      expect(ciphertext.byteLength % blockSize).toBe(0)
      expect(await decrypt(key, iv, aad, sealed)).toEqual(plaintext)
      const change = (bytes: Uint8Array) => flipped(bytes, place, bit)
      await expect(decrypt(key, change(iv), aad, sealed)).rejects.toThrow()
      await expect(decrypt(key, iv, change(aad), sealed)).rejects.toThrow()
      await expect(decrypt(key, iv, aad, { ciphertext, tag: change(tag) })).rejects.toThrow()
      await expect(decrypt(key, iv, aad, { ciphertext: change(ciphertext), tag })).rejects.toThrow()
      await expect(decrypt(key.with(0, (key[0] ?? 0) ^ 1), iv, aad, sealed)).rejects.toThrow()
    }),
    { numRuns: 60 },
  )
})

/** Another text of nearly the same bytes: one bit flipped, or a byte where there was none. */
function flipped(bytes: Uint8Array, place: number, bit: number): Uint8Array {
  if (bytes.byteLength === 0) return Uint8Array.of(bit)
  const at = place % bytes.byteLength
  return bytes.with(at, (bytes[at] ?? 0) ^ (1 << bit))
}

test("A256CBC-HS512 refuses genuine ciphertext whose padding is wrong or missing", async () => {
  // A sender who knows the key can give anything a valid tag.
  const { encrypt, decrypt } = contentEncryptions["A256CBC-HS512"]
  const [key, iv, aad] = [new Uint8Array(64), new Uint8Array(16), new Uint8Array()]
  const cipher = createCipheriv("aes-256-cbc", key.subarray(32), iv).setAutoPadding(false)
  for (const ciphertext of [new Uint8Array(), concat(cipher.update(new Uint8Array(16)), cipher.final())]) {
    const mac = createHmac("sha512", key.subarray(0, 32)).update(iv).update(ciphertext).update(new Uint8Array(8))
    const tag = new Uint8Array(mac.digest()).subarray(0, 32)
    await expect(decrypt(key, iv, aad, { ciphertext, tag })).rejects.toThrow()
  }
  expect((await encrypt(key, iv, aad, new Uint8Array())).ciphertext).toHaveLength(16)
})

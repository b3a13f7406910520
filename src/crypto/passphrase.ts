/**
 * Files sealed with a passphrase. One line of text says how the key is made:
 *
 *     restante-sealed 1 scrypt <N> <r> <p> <salt, base64url>
 *
 * Then come chunks of 64 KiB, each AES-256-GCM with its tag behind it: the nonce is the chunk's number and, in the last
 * byte, whether it is the last one (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár), and the line is
 * the associated data. So no chunk can be changed, moved, repeated or left out unseen. The salt makes each key new.
 */

import { scrypt } from "node:crypto"
import { concat, fromBase64url, fromUtf8, toBase64url, toUtf8 } from "../base/bytes.ts"
import type { Random } from "../base/random.ts"
import { Fault } from "../faults.ts"
import { gcm } from "./ciphers.ts"

const CHUNK = 64 * 1024
const TAG = 16
const SALT = 16
const LONGEST_LINE = 128
/** 64 MiB and a third of a second on a small computer; written into the file, so that a later version may ask for more. */
const COST = { N: 2 ** 16, r: 8, p: 2 }
/** No file may make its reader work harder than this. */
const MOST = { N: 2 ** 20, r: 16, p: 16, bytes: 512 * 1024 * 1024 }

/** Whether these bytes begin a sealed file. */
export const isSealed = (start: Uint8Array): boolean => fromUtf8(start.subarray(0, 16)) === "restante-sealed "

/** The bytes, sealed. Fault passphrase.short. */
export const seal = (bytes: Uint8Array, passphrase: string, ports: { random: Random }): Promise<Uint8Array> =>
  whole(sealStream([bytes], passphrase, ports))

/** The bytes that `seal` or `sealStream` sealed. Fault sealed.unreadable. */
export const open = (sealed: Uint8Array, passphrase: string): Promise<Uint8Array> =>
  whole(openStream([sealed], passphrase))

type Source = Iterable<Uint8Array> | AsyncIterable<Uint8Array>

/** `source`, sealed as it comes, in pieces of about 64 KiB. Fault passphrase.short. */
export async function* sealStream(
  source: Source,
  passphrase: string,
  { random }: { random: Random },
): AsyncGenerator<Uint8Array, void> {
  const length = [...passphrase].length
  if (length < 12 || length > 1024) throw new Fault("passphrase.short")
  const salt = random.bytes(SALT)
  const line = toUtf8(`restante-sealed 1 scrypt ${COST.N} ${COST.r} ${COST.p} ${toBase64url(salt)}\n`)
  const key = await derive(passphrase, salt, COST)
  yield line
  let number = 0
  for await (const { bytes, isLast } of pieces(source, CHUNK)) {
    const { ciphertext, tag } = await gcm.encrypt(key, nonce(number++, isLast), line, bytes)
    yield concat(ciphertext, tag)
  }
}

/**
 * What `sealStream` sealed, as it comes. Each piece is genuine and in its place, but only the end says that nothing is
 * missing: whoever acts on pieces before must be able to take it back. Fault sealed.unreadable.
 */
export async function* openStream(source: Source, passphrase: string): AsyncGenerator<Uint8Array, void> {
  const { line, rest } = await readLine(source)
  const { salt, cost } = readHeader(line)
  const key = await derive(passphrase, salt, cost)
  let number = 0
  for await (const { bytes, isLast } of pieces(rest, CHUNK + TAG)) {
    if (bytes.byteLength < TAG) throw unreadable("it is cut short")
    const sealed = { ciphertext: bytes.subarray(0, -TAG), tag: bytes.subarray(-TAG) }
    const opened = await gcm.decrypt(key, nonce(number++, isLast), line, sealed).catch(() => null)
    if (!opened) throw unreadable("the passphrase is wrong, or the file was changed or cut short")
    yield opened
  }
}

const unreadable = (detail: string) => new Fault("sealed.unreadable", { detail })

/** Eleven bytes of number, one that marks the last chunk. */
function nonce(number: number, isLast: boolean): Uint8Array {
  const bytes = Buffer.alloc(12)
  bytes.writeBigUInt64BE(BigInt(number), 3)
  bytes[11] = isLast ? 1 : 0
  return bytes
}

type Cost = { readonly N: number; readonly r: number; readonly p: number }

let last: Promise<unknown> = Promise.resolve()

/** One after the other: each takes a lot of memory. */
function derive(passphrase: string, salt: Uint8Array, cost: Cost): Promise<Uint8Array> {
  const turn = last.then(() => deriveNow(passphrase, salt, cost))
  last = turn.catch(() => {})
  return turn
}

function deriveNow(passphrase: string, salt: Uint8Array, { N, r, p }: Cost): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
  // The same words typed on two systems may be composed differently.
  scrypt(passphrase.normalize("NFC"), salt, 32, { N, r, p, maxmem: 2 * MOST.bytes }, (error, key) =>
    error ? reject(error) : resolve(key),
  )
  return promise
}

async function readLine(source: Source): Promise<{ line: Uint8Array; rest: AsyncGenerator<Uint8Array> }> {
  const iterator = each(source)
  let start: Uint8Array = new Uint8Array()
  while (!start.includes(0x0a) && start.byteLength < LONGEST_LINE) {
    const { done, value } = await iterator.next()
    if (done) break
    start = concat(start, value)
  }
  const end = start.indexOf(0x0a) + 1
  if (end === 0 || end > LONGEST_LINE) throw unreadable("it is no sealed file")
  async function* rest() {
    yield start.subarray(end)
    yield* iterator
  }
  return { line: start.subarray(0, end), rest: rest() }
}

async function* each(source: Source): AsyncGenerator<Uint8Array> {
  yield* source
}

function readHeader(line: Uint8Array): { salt: Uint8Array; cost: Cost } {
  const found = /^restante-sealed (\d{1,4}) (\w+) (\d{1,8}) (\d{1,3}) (\d{1,3}) ([\w-]{22})\n$/.exec(
    fromUtf8(line) ?? "",
  )
  if (!found) throw unreadable("it is no sealed file")
  const [, version, derivation, N = "", r = "", p = "", text = ""] = found
  if (version !== "1" || derivation !== "scrypt") throw unreadable("a newer version of restante wrote it")
  const cost = { N: Number(N), r: Number(r), p: Number(p) }
  const salt = fromBase64url(text)
  const isPower = cost.N > 1 && (cost.N & (cost.N - 1)) === 0
  const isBounded = cost.N <= MOST.N && cost.r <= MOST.r && cost.p <= MOST.p && 128 * cost.N * cost.r <= MOST.bytes
  if (!salt || !isPower || !isBounded || cost.r < 1 || cost.p < 1) throw unreadable("its first line is wrong")
  return { salt, cost }
}

/** The same bytes in pieces of exactly `size`, but for the last one, which may be shorter, even empty. */
async function* pieces(source: Source, size: number): AsyncGenerator<{ bytes: Uint8Array; isLast: boolean }> {
  let waiting: Uint8Array[] = []
  let length = 0
  for await (const part of source) {
    waiting.push(part)
    length += part.byteLength
    if (length <= size) continue
    // At least a byte stays, because the last piece must be known for what it is.
    const all = concat(...waiting)
    let at = 0
    for (; length - at > size; at += size) yield { bytes: all.subarray(at, at + size), isLast: false }
    waiting = [all.subarray(at)]
    length -= at
  }
  yield { bytes: concat(...waiting), isLast: true }
}

async function whole(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  return concat(...(await Array.fromAsync(stream)))
}

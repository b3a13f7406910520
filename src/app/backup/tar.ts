/** Files one after the other, as POSIX tar writes them (ustar; sizes over 8 GiB as GNU tar does). */

import { fromUtf8, toUtf8 } from "../../base/bytes.ts"
import { Fault } from "../../faults.ts"

type Content = Iterable<Uint8Array> | AsyncIterable<Uint8Array>
export type Member = { readonly name: string; readonly bytes: number; readonly content: Content }

const BLOCK = 512
const OCTAL_MOST = 8 ** 11 - 1

/** The archive in pieces; `at` is every file's time, epoch ms. Each member's content must be as long as it says. */
export async function* pack(members: Iterable<Member>, at: number): AsyncGenerator<Uint8Array, void> {
  for (const { name, bytes, content } of members) {
    yield header(name, bytes, at)
    yield* content
    yield Buffer.alloc(paddingOf(bytes))
  }
  yield Buffer.alloc(2 * BLOCK)
}

/** What `pack` packed. A member's content ends when the next one is asked for. Fault backup.damaged. */
export async function* unpack(source: Content): AsyncGenerator<Member & { content: AsyncGenerator<Uint8Array> }, void> {
  const reader = readerOf(source)
  for (;;) {
    const { name, bytes } = readHeader(await reader.whole(BLOCK))
    if (name === "") return checkEmpty(await reader.whole(BLOCK))
    const content = reader.pieces(bytes)
    yield { name, bytes, content }
    for await (const _ of content);
    checkEmpty(await reader.whole(paddingOf(bytes)))
  }
}

export const damaged = (why: string): Fault => new Fault("backup.damaged", { args: [why], detail: why })

/** What only fills up must do only that: so no change anywhere goes unseen. */
function checkEmpty(bytes: Uint8Array): void {
  if (bytes.some((byte) => byte !== 0)) throw damaged("something is written where nothing should be")
}

const paddingOf = (bytes: number): number => (BLOCK - (bytes % BLOCK)) % BLOCK

function header(name: string, bytes: number, at: number): Uint8Array {
  const block = Buffer.alloc(BLOCK)
  const octal = (value: number, start: number, digits: number) =>
    block.write(`${value.toString(8).padStart(digits, "0")}\0`, start, "latin1")
  block.write(name, 0, 100, "latin1")
  octal(0o600, 100, 7)
  octal(0, 108, 7)
  octal(0, 116, 7)
  if (bytes <= OCTAL_MOST) octal(bytes, 124, 11)
  else {
    block[124] = 0x80
    block.writeBigUInt64BE(BigInt(bytes), 128)
  }
  octal(Math.max(0, Math.floor(at / 1000)), 136, 11)
  block.write("0", 156, "latin1")
  block.write("ustar\x0000", 257, "latin1")
  block.write(`${checksum(block).toString(8).padStart(6, "0")}\0 `, 148, "latin1")
  return block
}

/** The sum of all bytes, where the sum's own eight count as spaces. */
function checksum(block: Uint8Array): number {
  let sum = 8 * 0x20
  for (const [at, byte] of block.entries()) if (at < 148 || at >= 156) sum += byte
  return sum
}

/** Name and size; an empty name is the end. */
function readHeader(given: Uint8Array): { name: string; bytes: number } {
  const block = Buffer.from(given)
  if (block.every((byte) => byte === 0)) return { name: "", bytes: 0 }
  const text = (start: number, end: number) => (fromUtf8(block.subarray(start, end)) ?? "").replace(/[\0 ].*$/s, "")
  if (text(257, 262) !== "ustar" || Number.parseInt(text(148, 156), 8) !== checksum(block)) {
    throw damaged("it is no archive of restante, or its headers were changed")
  }
  const bytes = block[124] === 0x80 ? Number(block.readBigUInt64BE(128)) : Number.parseInt(text(124, 136), 8)
  const name = text(0, 100)
  if (!Number.isSafeInteger(bytes) || bytes < 0 || name === "") throw damaged("one of its headers is wrong")
  return { name, bytes }
}

/** Exact amounts out of pieces of any size. */
function readerOf(source: Content) {
  const iterator = each(source)
  let rest: Uint8Array = new Uint8Array()

  async function* pieces(bytes: number): AsyncGenerator<Uint8Array, void> {
    for (let left = bytes; left > 0; ) {
      if (rest.byteLength === 0) {
        const { done, value } = await iterator.next()
        if (done) throw damaged("it is cut short")
        rest = value
      }
      const piece = rest.subarray(0, left)
      rest = rest.subarray(piece.byteLength)
      left -= piece.byteLength
      if (piece.byteLength > 0) yield piece
    }
  }
  return {
    pieces,
    async whole(bytes: number): Promise<Uint8Array> {
      return Buffer.concat(await Array.fromAsync(pieces(bytes)))
    },
  }
}

async function* each(source: Content): AsyncGenerator<Uint8Array> {
  yield* source
}

/** A small text as a member. */
export const textMember = (name: string, text: string): Member => {
  const content = toUtf8(text)
  return { name, bytes: content.byteLength, content: [content] }
}

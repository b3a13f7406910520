/** WebSocket frames by hand (RFC 6455 §5.2), right and wrong ones. */

import { dial, type Wire } from "./raw.ts"

export const opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

type Odd = { fin?: boolean; rsv?: number; masked?: boolean; claimedLength?: bigint }

/** A client's frame; masked with zeros, so that its content stays as it is. */
export function frame(code: number, content: string | Uint8Array = "", odd: Odd = {}): Uint8Array {
  const { fin = true, rsv = 0, masked = true } = odd
  const payload = Buffer.from(content)
  const length = odd.claimedLength ?? BigInt(payload.byteLength)
  const mask = masked ? 0x80 : 0
  const long = Buffer.alloc(8)
  long.writeBigUInt64BE(length)
  const size =
    length < 126n
      ? [mask | Number(length)]
      : length < 65_536n
        ? [mask | 126, ...long.subarray(6)]
        : [mask | 127, ...long]
  const start = [(fin ? 0x80 : 0) | (rsv << 4) | code, ...size, ...(masked ? [0, 0, 0, 0] : [])]
  return Buffer.concat([Buffer.from(start), payload])
}

export const upgrade = (path: string, ...headers: string[]) =>
  [
    `GET ${path} HTTP/1.1`,
    "Host: test",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ...headers,
    "\r\n",
  ].join("\r\n")

/** An open WebSocket that does nothing by itself: no pongs, no close in return. */
export async function bareSocket(url: string, path = "/ws"): Promise<Wire> {
  const wire = await dial(url)
  wire.send(upgrade(path))
  await wire.until(/^HTTP\/1\.1 101 [\s\S]*\r\n\r\n/)
  return wire
}

/** The frames that the server has sent so far, whole ones only. */
export function framesIn(wire: Wire): { code: number; payload: Buffer }[] {
  const bytes = Buffer.from(wire.received().replace(/^HTTP\/1\.1 101 [\s\S]*?\r\n\r\n/, ""), "latin1")
  const found = []
  for (let at = 0; at + 2 <= bytes.length; ) {
    const code = (bytes[at] ?? 0) & 15
    const short = (bytes[at + 1] ?? 0) & 127
    const start = at + 2 + (short === 126 ? 2 : short === 127 ? 8 : 0)
    if (start > bytes.length) break
    const length =
      short === 126 ? bytes.readUInt16BE(at + 2) : short === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : short
    if (start + length > bytes.length) break
    found.push({ code, payload: bytes.subarray(start, start + length) })
    at = start + length
  }
  return found
}

/** The code of the server's close frame, once the connection has ended; null when it ended without one. */
export async function closeCode(wire: Wire, ms?: number): Promise<number | null> {
  await wire.ended(ms)
  const last = framesIn(wire).findLast(({ code }) => code === opcode.close)
  return last ? last.payload.readUInt16BE(0) : null
}

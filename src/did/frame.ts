import { createHash } from "node:crypto"
import { concat, toUtf8 } from "../base/bytes.ts"
import type { Random } from "../base/random.ts"

/** The client's side of a WebSocket that carries one text message and closes (RFC 6455). */

const ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

export const handshakeHeaders = (key: string): Record<string, string> => ({
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": key,
})

/** What a server that understood the handshake answers with (§4.2.2). */
export const acceptOf = (key: string): string =>
  createHash("sha1")
    .update(key + ACCEPT_SUFFIX)
    .digest("base64")

/** `text` as one masked text frame, then a close frame with status 1000 (§5.2, §5.5.1). */
export function lastWords(text: string, random: Random): Uint8Array {
  return concat(frame(0x81, toUtf8(text), random.bytes(4)), frame(0x88, Uint8Array.of(0x03, 0xe8), random.bytes(4)))
}

function frame(first: number, payload: Uint8Array, mask: Uint8Array): Uint8Array {
  const masked = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0))
  return concat(Uint8Array.of(first, ...lengthOf(payload.byteLength)), mask, masked)
}

// The top bit says that the payload is masked.
function lengthOf(length: number): number[] {
  if (length < 126) return [0x80 | length]
  if (length < 65_536) return [0x80 | 126, length >> 8, length & 255]
  return [0x80 | 127, 0, 0, 0, 0, length >>> 24, (length >> 16) & 255, (length >> 8) & 255, length & 255]
}

/** What receivers and faults look like over HTTP (didcomm.org §transports, https). */

import type { Fault } from "../faults.ts"
import type { Outbound } from "../wire.ts"

/** After these the connection is closed: who is turned away keeps no place, and what is too large is not read on. */
const UNWANTED = [413, 429, 503]

const atOnce = (text: string): string | ReadableStream<Uint8Array> => text

/** An Outbound as a response: nothing to say is 202 and empty. `body` may make something else of a text than the text. */
export function response(outbound: Outbound, body = atOnce): Response {
  if (outbound.status === "refused") return refusal(outbound.fault)
  if (outbound.status === "accepted") return new Response(null, { status: 202 })
  const { text, mediaType, http = 200, retry } = outbound
  const headers = new Headers({ "Content-Type": mediaType, "Access-Control-Allow-Origin": "*" })
  if (retry !== undefined) headers.set("Retry-After", String(retry))
  if (UNWANTED.includes(http)) headers.set("Connection", "close")
  return new Response(body(text), { status: http, headers })
}

/** A bare status: some wallets try to unpack whatever body they are given. */
export function refusal({ row, retry }: Fault): Response {
  const headers = new Headers({ "Access-Control-Allow-Origin": "*" })
  if (retry !== null) headers.set("Retry-After", String(retry))
  if (row.http === 405) headers.set("Allow", "GET, HEAD, POST, OPTIONS")
  if (UNWANTED.includes(row.http)) headers.set("Connection", "close")
  return new Response(null, { status: row.http, headers })
}

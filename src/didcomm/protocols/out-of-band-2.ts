import { createHash } from "node:crypto"
import { toBase64url, toUtf8 } from "../../base/bytes.ts"

export type Invitation = {
  readonly type: "https://didcomm.org/out-of-band/2.0/invitation"
  readonly id: string
  readonly from: string
  readonly body: { readonly goal_code: string; readonly goal: string; readonly accept: readonly string[] }
}

/**
 * out-of-band/2.0 — https://didcomm.org/out-of-band/2.0: the invitation to ask this mediator for a mailbox, and its URL.
 * The same DID always gives the same invitation, unless it is given the id of an invite: whoever answers with that id as
 * `pthid` shows that it holds the invite. Identus wallets decode `_oob` with the standard alphabet: nothing in
 * it is one of `>?~`, the only ASCII that base64url writes with `-` or `_`.
 */
export function invitation(
  did: string,
  publicUrl: string,
  id: string = uuidOf(did),
): { invitation: Invitation; url: string } {
  const invitation: Invitation = {
    type: "https://didcomm.org/out-of-band/2.0/invitation",
    id,
    from: did,
    body: { goal_code: "request-mediate", goal: "RequestMediate", accept: ["didcomm/v2"] },
  }
  return { invitation, url: `${publicUrl}/?_oob=${toBase64url(toUtf8(JSON.stringify(invitation)))}` }
}

/** A UUID that depends on the text alone (RFC 9562 §5.8, version 8). */
function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex")
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  )
}

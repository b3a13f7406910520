import { toUtf8 } from "../base/bytes.ts"
import type { Target } from "../mailbox/notice-ports.ts"
import type { Outgoing } from "./outgoing.ts"

const TEXT = toUtf8("Mail is waiting.")

/** A message to an ntfy topic — https://docs.ntfy.sh/publish/; to any other address it is a line of text. */
export const ntfy = ({ url, token }: Target & { kind: "ntfy" }): Outgoing => ({
  url,
  headers: { "content-type": "text/plain; charset=utf-8", ...(token !== null && { authorization: `Bearer ${token}` }) },
  body: TEXT,
})

import { hash } from "node:crypto"
import * as v from "valibot"
import { fromAnyBase64, fromUtf8 } from "../../base/bytes.ts"
import { parseObject, rawInItems } from "../../base/json.ts"
import { didOf, spellings } from "../../did/document.ts"
import { Fault } from "../../faults.ts"
import type { Mailboxes } from "../../mailbox/mailboxes.ts"
import { isSealed, type Plaintext } from "../message.ts"
import { on, type Party, type Protocol, protocol } from "../registry.ts"

const Forward = v.looseObject({ next: v.pipe(v.string(), v.maxLength(2048), v.startsWith("did:")) })

export type Routing = {
  readonly mailboxes: Pick<Mailboxes, "deposit">
  readonly owns: (did: string) => boolean
  /** Takes a message that was forwarded to ourselves; `hops` counts how deep. */
  readonly receive: (text: string, hops: number) => Promise<void>
}

/** routing/2.0 — https://didcomm.org/routing/2.0. Nobody is answered: the outer envelope may well be anonymous. */
export function routing({ mailboxes, owns, receive }: Routing): Protocol {
  const keep = (letters: readonly string[], next: string, message: Plaintext, sender: Party | null) =>
    mailboxes.deposit({
      lane: "didcomm",
      to: [next],
      // What else `next` may be registered as: the DID of a key's URL, and other spellings of that DID.
      moreNames: () => [didOf(next), ...spellings(didOf(next))],
      expiresAt: message.expires_time === undefined ? null : message.expires_time * 1000,
      parcels: letters.map((content) => ({
        kind: "forward",
        content,
        sender: sender?.did ?? null,
        fingerprint: hash("sha256", content, "buffer"),
      })),
    })

  return protocol("https://didcomm.org/routing/2.0", ["mediator"], {
    forward: on(
      "anyone",
      Forward,
      async ({ body: { next }, message, sender, hops }) => {
        const texts = rawInItems(message.text, ["attachments"], ["data", "json"])
        const letters = message.attachments.map(({ data }, index) => letter(data, texts[index] ?? null, index))
        if (letters.length === 0) throw new Fault("message.malformed", { detail: "a forward without attachments" })
        if (!owns(didOf(next))) await keep(letters, next, message, sender)
        else for (const text of letters) await receive(text, hops + 1)
        return null
      },
      { repeatable: true, byAddress: true },
    ),
  })
}

/**
 * The sealed message in an attachment, exactly as it was sent: base64 decoded, json sliced from the raw text, because
 * parsing and printing would change numbers and escapes. Links are never fetched: a stranger would choose where to.
 */
function letter(data: Plaintext["attachments"][number]["data"], raw: string | null, index: number): string {
  const { base64, json } = data
  const bytes = base64 === undefined ? null : fromAnyBase64(base64)
  const content = bytes ? fromUtf8(bytes) : raw
  if (content === null || !isSealed(bytes ? parseObject(content) : json)) {
    throw new Fault("message.malformed", { detail: `attachment ${index} is not a sealed message` })
  }
  return content
}

/** How a terminal shows an invitation, and what to do with it. */

import { renderUnicodeCompact } from "uqr"
import { isLoopback } from "../config/loopback.ts"
import type { Settings } from "../config/schema.ts"

/** A QR code of `url`, or null when it is wider than `columns`. */
export function qrCode(url: string, columns: number): string | null {
  const code = renderUnicodeCompact(url, { ecc: "L", border: 2 })
  return code.indexOf("\n") <= columns ? code : null
}

/** What an operator should know about the address that wallets are given. */
export function addressAdvice(publicUrl: string, identusSafe: boolean): string[] {
  const local = `Only this machine can reach ${publicUrl}: set server.public_url before anyone else is to use it.`
  const identus = `Identus wallets cannot read the DID that belongs to ${publicUrl}: they need another public URL.`
  return [...(isLoopback(publicUrl) ? [local] : []), ...(identusSafe ? [] : [identus])]
}

/** What is still to be done for an https address that something else must answer to. */
export function proxyAdvice({ server }: Settings): string[] {
  if (!server.public_url.startsWith("https:") || server.tls !== "off") return []
  return [`${server.public_url} needs a proxy in front: restante proxy print caddy says what to tell it.`]
}

/** Who gets a mailbox, as a sentence. */
export const admissionSentence = ({ admission }: Settings): string => sentences[admission.mode]

const sentences: Readonly<Record<Settings["admission"]["mode"], string>> = {
  open: "Anyone who asks gets a mailbox.",
  approval: "Whoever asks for a mailbox waits for your approval.",
  invite: "Whoever holds an invite gets a mailbox.",
  closed: "Nobody new gets a mailbox.",
}

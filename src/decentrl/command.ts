import * as v from "valibot"
import { fromUtf8 } from "../base/bytes.ts"
import { type Json, parseStrict } from "../base/canonical.ts"
import type { Clock } from "../base/clock.ts"
import type { JsonObject } from "../base/json.ts"
import type { DidDocument } from "../did/document.ts"
import { Fault } from "../faults.ts"
import type { Signers } from "./signers.ts"
import { Command, type Header, MAX_DRIFT_MS } from "./wire.ts"

/** A command as it was read: of the right shape, and not yet proven. */
export type Unproven = {
  readonly header: Header
  readonly payload: JsonObject
  readonly claim: Claim
}

/** Who says to have signed what, and when. */
export type Claim = {
  readonly did: string
  readonly keyId: string
  readonly timestamp: number
  readonly value: Json
  readonly signature: string
}

/** Reads a command; Fault command.malformed for what is not one. */
export function readCommand(bytes: Uint8Array): Unproven {
  const object = readObject(bytes)
  const command = v.safeParse(Command, object, { abortEarly: true })
  if (!command.success) throw new Fault("command.malformed", { detail: command.issues[0].message })
  const { header, payload, signature } = command.output
  return {
    header,
    payload,
    claim: {
      did: header.sender_did,
      keyId: header.sender_signing_key_id,
      timestamp: header.timestamp,
      // As it was parsed, members that we do not know included: all of it is signed.
      value: { header: object?.header ?? null, payload: object?.payload ?? null },
      signature,
    },
  }
}

/** The object that the bytes say, or null; see parseStrict. */
export function readObject(bytes: Uint8Array) {
  const text = fromUtf8(bytes)
  return text === null ? null : parseStrict(text)
}

/** Drift → DID → signature. Faults command.time, did.…, command.signature. Tells the signer's document. */
export async function prove(
  { did, keyId, timestamp, value, signature }: Claim,
  { signers, clock }: { signers: Signers; clock: Clock },
): Promise<DidDocument> {
  if (Math.abs(clock.now() - timestamp) > MAX_DRIFT_MS) throw new Fault("command.time")
  const document = await signers.documentOf(did)
  if (!(await signers.isGenuine(document, keyId, value, signature))) throw new Fault("command.signature")
  return document
}

import { createHash } from "node:crypto"
import * as v from "valibot"
import { fromAnyBase64, fromUtf8 } from "../base/bytes.ts"
import { canonicalJson, parseStrict } from "../base/canonical.ts"
import type { Clock } from "../base/clock.ts"
import { contentEncryptions } from "../crypto/algorithms.ts"
import { agree } from "../crypto/ecdh.ts"
import {
  fromMultikey,
  generatePrivateKey,
  importPublicKey,
  type PrivateKey,
  publicHalf,
  toMultikey,
} from "../crypto/keys.ts"
import { Fault } from "../faults.ts"
import type { Contract } from "../mailbox/model.ts"
import { type Signers, signed } from "./signers.ts"
import { ContractRequest, type SignedContract } from "./wire.ts"

/** Communication contracts — https://decentrl.network/docs, communication/contracts. */

type Terms = Pick<
  SignedContract,
  "requestor_did" | "requestor_signing_key_id" | "requestor_ephemeral_public_key" | "recipient_did" | "expires_at"
>
/** What one party offers the other: the terms with its signature. */
export type Offer = Terms & Pick<SignedContract, "requestor_signature">

const termsOf = (contract: Terms): Terms => ({
  requestor_did: contract.requestor_did,
  requestor_signing_key_id: contract.requestor_signing_key_id,
  requestor_ephemeral_public_key: contract.requestor_ephemeral_public_key,
  recipient_did: contract.recipient_did,
  expires_at: contract.expires_at,
})

const answerOf = (contract: Omit<SignedContract, "recipient_signature">) => ({
  recipient_signing_key_id: contract.recipient_signing_key_id,
  recipient_ephemeral_public_key: contract.recipient_ephemeral_public_key,
})

/** What the recipient signs. */
const answered = (contract: Omit<SignedContract, "recipient_signature">) => ({
  ...termsOf(contract),
  requestor_signature: contract.requestor_signature,
  ...answerOf(contract),
})

/** Lower-case hex SHA-256 of what was agreed: everything but the signatures. */
export const contractId = (contract: SignedContract): string =>
  createHash("sha256")
    .update(canonicalJson({ ...termsOf(contract), ...answerOf(contract) }))
    .digest("hex")

/** A contract as the archive keeps it. */
export const kept = (contract: SignedContract): Contract => ({
  id: contractId(contract),
  parties: [contract.requestor_did, contract.recipient_did],
  expiresAt: contract.expires_at * 1000,
  content: JSON.stringify(contract),
})

const invalid = (detail: string) => new Fault("contract.invalid", { detail })

type Checks = { readonly signers: Signers; readonly clock: Clock }

/** Fault contract.invalid unless the offer has not expired and its requestor signed it. */
export async function checkOffer(offer: Offer, { signers, clock }: Checks): Promise<void> {
  if (clock.now() >= offer.expires_at * 1000) throw invalid("expired")
  const { requestor_did, requestor_signing_key_id, requestor_signature } = offer
  if (!(await signedBy(requestor_did, requestor_signing_key_id, termsOf(offer), requestor_signature, signers))) {
    throw invalid("the requestor's signature")
  }
}

/** Fault contract.invalid unless the contract has not expired and both parties signed it. */
export async function checkContract(contract: SignedContract, checks: Checks): Promise<void> {
  await checkOffer(contract, checks)
  const { recipient_did, recipient_signing_key_id, recipient_signature } = contract
  const value = answered(contract)
  if (!(await signedBy(recipient_did, recipient_signing_key_id, value, recipient_signature, checks.signers))) {
    throw invalid("the recipient's signature")
  }
}

async function signedBy(did: string, keyId: string, value: Terms, signature: string, signers: Signers) {
  try {
    return await signers.isGenuine(await signers.documentOf(did), keyId, value, signature)
  } catch (thrown) {
    const fault = Fault.from(thrown)
    // A party that cannot be looked up has proven nothing; a look-up that may succeed later is another matter.
    if (fault.code.startsWith("did.")) return false
    throw fault
  }
}

const IV = 12
const TAG = 16

/**
 * Opens a request that was encrypted to our pre-key: base64 of nonce, AES-256-GCM ciphertext and tag under the raw
 * X25519 output. Fault command.body when it cannot be opened or is no request.
 */
export async function openRequest(preKey: PrivateKey, ephemeral: string, encrypted: string) {
  const text = await decrypt(preKey, ephemeral, fromAnyBase64(encrypted))
  const request = v.safeParse(ContractRequest, text === null ? null : parseStrict(text), { abortEarly: true })
  if (!request.success) throw new Fault("command.body", { detail: "the contract request is unreadable" })
  const { invite, ...offer } = request.output
  return { offer, invite: invite ?? null }
}

async function decrypt(preKey: PrivateKey, ephemeral: string, sealed: Uint8Array | null): Promise<string | null> {
  const other = importPublicKey(fromMultikey(ephemeral))
  if (!other || !sealed || sealed.byteLength < IV + TAG) return null
  const parts = { ciphertext: sealed.subarray(IV, -TAG), tag: sealed.subarray(-TAG) }
  try {
    const secret = agree(preKey, other)
    return fromUtf8(await contentEncryptions.A256GCM.decrypt(secret, sealed.subarray(0, IV), new Uint8Array(), parts))
  } catch {
    // A secret of zeros, or a tag that does not match.
    return null
  }
}

/** Accepts an offer as its recipient. The ephemeral key is forgotten at once: nothing will be encrypted under it. */
export function countersign(offer: Offer, own: { readonly kid: string; readonly key: PrivateKey }): SignedContract {
  const contract = {
    ...termsOf(offer),
    requestor_signature: offer.requestor_signature,
    recipient_signing_key_id: own.kid,
    recipient_ephemeral_public_key: toMultikey(publicHalf(generatePrivateKey("X25519")).jwk),
  }
  return { ...contract, recipient_signature: signed(own.key, answered(contract)) }
}

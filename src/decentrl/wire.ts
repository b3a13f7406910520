/**
 * Every name and number of our wire profile of Decentrl (DCTRL-0001, 0003, 0004, 0007, draft 0.1). The published text
 * leaves names open; a later edition of it should change this file and no other. Schemas read the wire's spelling.
 */

import * as v from "valibot"
import { fromAnyBase64 } from "../base/bytes.ts"
import type { Json } from "../base/canonical.ts"
import { isObject, type JsonObject } from "../base/json.ts"
import { fromMultikey } from "../crypto/keys.ts"
import type { DecentrlCode } from "../faults.ts"
import type { Contract, Message, PublicEvent, SavedEvent } from "../mailbox/model.ts"

export const DIRECT = "DIRECT_AUTHENTICATED"
export const TWO_WAY = "TWO_WAY_PRIVATE"
export const ONE_WAY = "ONE_WAY_PUBLIC"
export type Channel = typeof DIRECT | typeof TWO_WAY | typeof ONE_WAY

/** The status of each code over HTTP. */
export const statuses: Readonly<Record<DecentrlCode, number>> = {
  INVALID_COMMAND: 400,
  INVALID_PAYLOAD: 400,
  UNKNOWN_COMMAND: 400,
  INVALID_SIGNATURE: 401,
  TIMESTAMP_OUT_OF_RANGE: 401,
  DID_RESOLUTION_FAILED: 401,
  NOT_REGISTERED: 403,
  COMMUNICATION_CONTRACT_NOT_VALID: 403,
  REGISTRATION_DENIED: 403,
  RECIPIENT_NOT_REGISTERED: 404,
  NOT_FOUND: 404,
  NONCE_ALREADY_USED: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  RATE_LIMITED: 429,
  MAILBOX_FULL: 429,
  INTERNAL_ERROR: 500,
}

export const mediaType = "application/json"
export const closing = { notUnderstood: 1003, unauthenticated: 4401, silent: 4408 } as const

export const MAX_DRIFT_MS = 300_000
/** A timestamp may lie five minutes ahead and stay good for five more. */
export const NONCE_MEMORY_MS = 660_000
export const AUTHENTICATE_WITHIN_MS = 10_000
export const PAGE = { usual: 50, most: 200 } as const
const MAX_IDS = 10_000
const MAX_UPDATES = 1_000
export const MAX_DID = 1024
const MAX_CHANNEL_ID = 512
/** The last second that a date can say (ECMA-262 §21.4.1.1). */
const LAST_SECOND = 8_640_000_000_000

export type Limits = {
  /** UTF-8 bytes of one payload. */
  readonly payload: number
  readonly eventsPerSave: number
  readonly tagsPerEvent: number
  /** Characters. */
  readonly tagLength: number
}

/** The message of an issue that is about size, not about form. */
export const TOO_LARGE = "too large"

// valibot takes an array for an object without its members.
const object = <E extends v.ObjectEntries>(entries: E) =>
  v.pipe(v.custom<JsonObject>(isObject, "not an object"), v.object(entries))
const wholeNumber = v.pipe(v.number(), v.safeInteger())
const did = v.pipe(v.string(), v.maxLength(MAX_DID))
const payloadText = ({ payload }: Limits) =>
  v.pipe(
    v.string(),
    v.check((text) => Buffer.byteLength(text) <= payload, TOO_LARGE),
  )
const ephemeralKey = v.pipe(
  v.string(),
  v.check((text) => fromMultikey(text)?.crv === "X25519", "not an X25519 key"),
)

export const Command = object({
  header: object({
    channel: v.picklist([DIRECT, TWO_WAY, ONE_WAY]),
    sender_did: v.string(),
    sender_signing_key_id: v.string(),
    recipient_did: v.string(),
    timestamp: wholeNumber,
    nonce: v.pipe(v.string(), v.uuid()),
  }),
  payload: v.custom<JsonObject>(isObject, "not an object"),
  signature: v.string(),
})
export type Header = v.InferOutput<typeof Command>["header"]

export const Authenticate = object({
  type: v.literal("AUTHENTICATE"),
  did: v.string(),
  signing_key_id: v.string(),
  timestamp: wholeNumber,
  nonce: v.pipe(v.string(), v.uuid()),
  signature: v.string(),
})

const termsEntries = {
  requestor_did: did,
  requestor_signing_key_id: v.string(),
  requestor_ephemeral_public_key: ephemeralKey,
  recipient_did: did,
  expires_at: v.pipe(wholeNumber, v.maxValue(LAST_SECOND)),
}
const contractEntries = {
  ...termsEntries,
  requestor_signature: v.string(),
  recipient_signing_key_id: v.string(),
  recipient_ephemeral_public_key: ephemeralKey,
  recipient_signature: v.string(),
}

/** What an encrypted request to the mediator holds. */
export const ContractRequest = object({
  ...termsEntries,
  requestor_signature: v.string(),
  invite: v.optional(v.string()),
})
const contract = v.strictObject(contractEntries)
export type SignedContract = v.InferOutput<typeof contract>
// As it was sent, because it is kept so. Strict: a member that no signature covers would make another contract of it.
export const SignedContract = v.custom<SignedContract>(
  (given) => isObject(given) && v.is(contract, given),
  "no contract",
)

const CURSOR = /^\d{1,16}$/
const cursor = v.pipe(
  v.string(),
  v.regex(CURSOR),
  v.transform(Number),
  v.check((seq) => Number.isSafeInteger(seq)),
)
const limit = v.pipe(
  wholeNumber,
  v.minValue(1),
  v.transform((n) => Math.min(n, PAGE.most)),
)
const pagination = v.optional(
  v.pipe(
    object({ limit: v.optional(limit, PAGE.usual), cursor: v.optional(v.nullable(cursor), null) }),
    v.transform((asked) => ({ limit: asked.limit, after: asked.cursor ?? 0 })),
  ),
  {},
)

const tag = (limits: Limits) => v.pipe(v.string(), v.maxLength(limits.tagLength))
const tagList = (limits: Limits) => v.pipe(v.array(tag(limits)), v.maxLength(limits.tagsPerEvent))
const tagSet = (limits: Limits) =>
  v.pipe(
    tagList(limits),
    v.transform((tags) => [...new Set(tags)]),
  )

export const Paged = object({ pagination })
export const Ids = object({ ids: v.pipe(v.array(v.string()), v.maxLength(MAX_IDS)) })
export const Signed = object({ contract: SignedContract })
export const EventId = object({ public_event_id: v.string() })
export const Letter = (limits: Limits) => object({ payload: payloadText(limits) })
export const Request = (limits: Limits) =>
  object({
    requestor_ephemeral_public_key: ephemeralKey,
    encrypted_contract_request: v.pipe(
      payloadText(limits),
      v.check((text) => fromAnyBase64(text) !== null, "not base64"),
    ),
  })
export const Save = (limits: Limits) =>
  object({
    events: v.pipe(
      v.array(
        object({
          id: v.optional(v.pipe(v.string(), v.uuid())),
          payload: payloadText(limits),
          tags: tagSet(limits),
        }),
      ),
      v.maxLength(limits.eventsPerSave),
    ),
  })
export const Query = (limits: Limits) =>
  object({
    tags: v.optional(tagSet(limits), []),
    match: v.optional(v.picklist(["all", "any"]), "all"),
    pagination,
  })
export const Retag = (limits: Limits) =>
  object({
    updates: v.pipe(
      v.array(
        v.pipe(
          object({ event_id: v.string(), tags: tagSet(limits) }),
          v.transform(({ event_id, tags }) => ({ id: event_id, tags })),
        ),
      ),
      v.maxLength(MAX_UPDATES),
    ),
  })
export const Publish = (limits: Limits) =>
  object({
    channel_id: v.pipe(v.string(), v.maxLength(MAX_CHANNEL_ID)),
    event: payloadText(limits),
    tags: tagList(limits),
    timestamp: v.pipe(wholeNumber, v.minValue(0)),
    event_signature: v.string(),
  })

/** The query of `GET /public/{did}`; what is not given is undefined. */
export const PublicQuery = v.object({
  channel_id: v.optional(v.string()),
  tag: v.optional(v.string()),
  limit: v.optional(v.pipe(v.string(), v.regex(/^\d{1,9}$/), v.transform(Number), limit), String(PAGE.usual)),
  cursor: v.optional(cursor, "0"),
})

/** What a command is answered with: done, or waiting for the operator. */
export type Answer = { readonly type: "SUCCESS" | "PENDING"; readonly payload: JsonObject }

export const success = (payload: JsonObject): Answer => ({ type: "SUCCESS", payload })
export const pending = (requestId: string): Answer => ({ type: "PENDING", payload: { request_id: requestId } })
export const errorText = (code: DecentrlCode, message: string) => JSON.stringify({ type: "ERROR", code, message })

/** What a socket is told. */
export const frames = {
  welcome: JSON.stringify({ type: "AUTH_SUCCESS" }),
  refusal: (code: DecentrlCode, message: string) => JSON.stringify({ type: "AUTH_ERROR", code, message }),
  events: (events: readonly JsonObject[]) => JSON.stringify({ type: "PENDING_EVENTS", events }),
  requests: (contract_requests: readonly JsonObject[]) =>
    JSON.stringify({ type: "CONTRACT_REQUESTS", contract_requests }),
  contracts: (contracts: readonly JsonObject[]) => JSON.stringify({ type: "CONTRACTS", contracts }),
}

/** What stands beside a page of `count` items. `next`: where the next one begins, null at the end. */
export const paged = (count: number, remaining: number, next: number | null) => ({
  pagination: { count, remaining, next_cursor: next === null ? null : String(next) },
})

// What the wire calls a timestamp is the sender's and has no column of its own: it is kept before the content.
const LINE = "\n"
const head = (content: string) => content.slice(0, content.indexOf(LINE))
const rest = (content: string) => content.slice(content.indexOf(LINE) + 1)

/** How letters and saved events are kept, and how they are shown. */
export const dated = (timestamp: number, content: string) => `${timestamp}${LINE}${content}`

export const pendingEvent = ({ id, sender, address, content, createdAt }: Message) => ({
  id,
  sender_did: sender,
  recipient_did: address,
  payload: rest(content),
  timestamp: Number(head(content)),
  created_at: createdAt,
})

export const keptRequest = (timestamp: number, asked: v.InferOutput<ReturnType<typeof Request>>) =>
  dated(timestamp, `${asked.requestor_ephemeral_public_key}${LINE}${asked.encrypted_contract_request}`)

export const pendingRequest = ({ id, sender, content, createdAt }: Message) => ({
  id,
  sender_did: sender,
  requestor_ephemeral_public_key: head(rest(content)),
  encrypted_contract_request: rest(rest(content)),
  timestamp: Number(head(content)),
  created_at: createdAt,
})

export const savedEvent = ({ id, payload, tags, createdAt }: SavedEvent & { createdAt: number }) => ({
  id,
  payload: rest(payload),
  tags,
  timestamp: Number(head(payload)),
  created_at: createdAt,
})

export const keptContract = ({ id, content, createdAt }: Contract & { createdAt: number }) => ({
  contract_id: id,
  contract: JSON.parse(content) as Json,
  created_at: createdAt,
})

export const publicEvent = ({ id, publisher, content }: PublicEvent) => ({
  id,
  publisher_did: publisher,
  ...(JSON.parse(content) as JsonObject),
})

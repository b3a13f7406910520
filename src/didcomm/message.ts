import * as v from "valibot"
import { isObject, parseObject } from "../base/json.ts"
import { isDid } from "../did/document.ts"
import { Fault } from "../faults.ts"
import { envelopeKind } from "./jose.ts"

/** A DIDComm plaintext message (DIDComm Messaging v2.1 §plaintext-message-structure). */

const did = v.pipe(v.string(), v.check(isDid))
const token = v.pipe(v.string(), v.minLength(1), v.maxLength(256))
// Epoch seconds. Bounded so that the same moment in milliseconds stays an exact number.
const seconds = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8_640_000_000_000))

const AttachmentContent = v.pipe(
  v.looseObject({
    base64: v.optional(v.string()),
    links: v.optional(v.array(v.string())),
    hash: v.optional(v.string()),
    jws: v.optional(v.unknown()),
  }),
  v.check(({ links, hash }) => links === undefined || hash !== undefined, "links need a hash"),
  v.check((data) => ["json", "base64", "links", "jws"].some((member) => member in data), "empty"),
)

const Attachment = v.looseObject({ id: v.optional(v.string()), data: AttachmentContent })

const Plaintext = v.looseObject({
  id: token,
  type: v.pipe(v.string(), v.minLength(1), v.maxLength(512)),
  typ: v.optional(v.picklist(["application/didcomm-plain+json", "didcomm-plain+json"])),
  to: v.optional(v.pipe(v.array(did), v.maxLength(50))),
  from: v.optional(did),
  thid: v.optional(token),
  pthid: v.optional(token),
  created_time: v.optional(seconds),
  expires_time: v.optional(seconds),
  body: v.optional(v.record(v.string(), v.unknown()), {}),
  attachments: v.optional(v.pipe(v.array(Attachment), v.maxLength(100)), []),
  from_prior: v.optional(v.string()),
  return_route: v.optional(v.string()),
  return_route_thread: v.optional(v.string()),
})

export type Plaintext = v.InferOutput<typeof Plaintext> & {
  /** The message as it was written, for parts that must be handed on to the letter. */
  readonly text: string
}

/**
 * The message in `text`, or Fault envelope.malformed. Unknown members are left alone, as the specification wants.
 * `object`: what the text says, where that is known.
 */
export function parsePlaintext(text: string, object = parseObject(text)): Plaintext {
  const parsed = object && v.safeParse(Plaintext, object, { abortEarly: true })
  if (!parsed?.success) throw new Fault("envelope.malformed", { detail: parsed?.issues[0].message ?? "not an object" })
  return { ...parsed.output, text }
}

/** `application/didcomm-encrypted+json` or the other two, and what classifies them (§iana-media-types). */
export const mediaTypes = {
  encrypted: "application/didcomm-encrypted+json",
  signed: "application/didcomm-signed+json",
  plain: "application/didcomm-plain+json",
} as const

/** Whether an attachment is a sealed message that a mediator may hold: a JWE or JWS in JSON. */
export const isSealed = (value: unknown): boolean => isObject(value) && envelopeKind(value) !== "plain"

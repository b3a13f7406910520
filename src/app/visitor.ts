import { toUtf8 } from "../base/bytes.ts"
import type { Clock } from "../base/clock.ts"
import type { Random } from "../base/random.ts"
import { generatePrivateKey, publicHalf, toMultikey } from "../crypto/keys.ts"
import { didOf } from "../did/document.ts"
import { encodePeer2 } from "../did/peer.ts"
import type { Resolver } from "../did/resolver.ts"
import type { Self } from "../did/self.ts"
import { createEnvelopes } from "../didcomm/envelope.ts"
import { mediaTypes, type Plaintext } from "../didcomm/message.ts"
import { wrapForward } from "../didcomm/outbound.ts"
import { compose, isProblemReport } from "../didcomm/reply.ts"

/** How long one answer may take. */
const PATIENCE_MS = 10_000

const trustPing = "https://didcomm.org/trust-ping/2.0"
const coordination = "https://didcomm.org/coordinate-mediation/3.0"
const pickup = "https://didcomm.org/messagepickup/3.0"

type Ports = {
  readonly self: Pick<Self, "did" | "agreementKid">
  readonly resolver: Resolver
  /** Where the door is, for a client on this machine. */
  readonly url: string
  readonly clock: Clock
  readonly random: Random
}

export type Visitor = ReturnType<typeof createVisitor>

/** A wallet with new keys that talks to our own door as any other does. What goes wrong rejects with words for people. */
export function createVisitor({ self, resolver, url, clock, random }: Ports) {
  const agreement = generatePrivateKey("X25519")
  const keys = [
    ["E", toMultikey(publicHalf(agreement).jwk)],
    ["V", toMultikey(publicHalf(generatePrivateKey("Ed25519")).jwk)],
  ] as const
  const did = encodePeer2(keys, [])
  const owns = (name: string) => didOf(name) === did
  const envelopes = createEnvelopes({
    keys: { agreement: (kid) => (owns(kid) ? agreement : null), owns },
    resolver,
    clock,
  })
  const me = { did, kid: `${did}#key-1` }
  const mediator = { did: self.did, kid: self.agreementKid(self.did) }

  async function post(text: string): Promise<string> {
    const response = await fetch(url, {
      method: "POST",
      body: text,
      headers: { "Content-Type": mediaTypes.encrypted },
      signal: AbortSignal.timeout(PATIENCE_MS),
      // The certificate is for the public name, and we know whom we are calling.
      tls: { rejectUnauthorized: false },
    })
    const answer = await response.text()
    if (!response.ok) throw new Error(`The mediator answered with HTTP status ${response.status}.`)
    return answer
  }

  /** A message for the mediator, sealed; it is answered on its own connection. */
  function seal(type: string, body: object): Promise<string> {
    const message = compose({ type, body: { ...body } }, { from: me, to: mediator, clock, random })
    return envelopes.seal({ ...message, return_route: "all" }, me, mediator)
  }

  /** The answer to a message, which must be of the type `expected`. */
  async function ask(type: string, body: object, expected: string): Promise<Plaintext> {
    const text = await post(await seal(type, body))
    if (text === "") throw new Error("The mediator gave no answer.")
    const { message: answer, sender } = await envelopes.open(toUtf8(text))
    if (sender?.did !== self.did) throw new Error("The answer is not sealed by the mediator.")
    if (answer.type !== expected) throw new Error(unexpected(answer))
    return answer
  }

  const ping = () => ask(`${trustPing}/ping`, { response_requested: true }, `${trustPing}/ping-response`)

  const enrol = () => ask(`${coordination}/mediate-request`, {}, `${coordination}/mediate-grant`)

  /** Has mail for its DID put into its mailbox. */
  async function register(): Promise<void> {
    const updates = [{ recipient_did: did, action: "add" }]
    const type = `${coordination}/recipient-update`
    const answer = await ask(type, { updates }, `${type}-response`)
    if (!JSON.stringify(answer.body).includes('"success"')) throw new Error("The mediator took no address.")
  }

  /** Up to `limit` letters that wait; there must be one. */
  async function fetchMail(limit: number): Promise<Plaintext["attachments"]> {
    return (await ask(`${pickup}/delivery-request`, { limit }, `${pickup}/delivery`)).attachments
  }

  /** How many letters still wait when those of `ids` are acknowledged. */
  async function acknowledge(ids: readonly string[]): Promise<unknown> {
    const { body } = await ask(`${pickup}/messages-received`, { message_id_list: ids }, `${pickup}/status`)
    return body.message_count
  }

  /** What turns live delivery on, sealed for a socket. */
  const sealLive = () => seal(`${pickup}/live-delivery-change`, { live_delivery: true })

  /** A letter to itself in an anonymous forward, sealed. */
  async function sealLetter(words: string): Promise<string> {
    const letter = { type: "https://didcomm.org/basicmessage/2.0/message", body: { content: words } }
    const sealed = await envelopes.seal(compose(letter, { from: me, to: me, clock, random }), me, me)
    return await wrapForward(sealed, did, await resolver.resolve(self.did), random)
  }

  /** Hands in what `sealLetter` made. */
  async function send(sealed: string): Promise<void> {
    const answer = await post(sealed)
    // Taken without a word: what comes back is a problem.
    if (answer !== "") throw new Error(unexpected((await envelopes.open(toUtf8(answer))).message))
  }

  /** The words in a letter that was sent. */
  async function read(sealed: Uint8Array): Promise<unknown> {
    return (await envelopes.open(sealed)).message.body.content
  }

  return { did, ping, enrol, register, fetchMail, acknowledge, sealLive, sealLetter, send, read }
}

const unexpected = ({ type, body: { comment } }: Plaintext): string =>
  isProblemReport(type) && typeof comment === "string"
    ? `The mediator reported: ${comment}`
    : `The mediator answered with ${type}.`

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

  /** The answer to a message, which must be of the type `expected`. */
  async function ask(type: string, body: object, expected: string): Promise<Plaintext> {
    const message = compose({ type, body: { ...body } }, { from: me, to: mediator, clock, random })
    const text = await post(await envelopes.seal({ ...message, return_route: "all" }, me, mediator))
    if (text === "") throw new Error("The mediator gave no answer.")
    const { message: answer, sender } = await envelopes.open(toUtf8(text))
    if (sender?.did !== self.did) throw new Error("The answer is not sealed by the mediator.")
    if (answer.type !== expected) throw new Error(unexpected(answer))
    return answer
  }

  /** Sends itself words, by an anonymous forward. */
  async function write(words: string): Promise<void> {
    const letter = { type: "https://didcomm.org/basicmessage/2.0/message", body: { content: words } }
    const sealed = await envelopes.seal(compose(letter, { from: me, to: me, clock, random }), me, me)
    const answer = await post(await wrapForward(sealed, did, await resolver.resolve(self.did), random))
    // Taken without a word: what comes back is a problem.
    if (answer !== "") throw new Error(unexpected((await envelopes.open(toUtf8(answer))).message))
  }

  /** The words in a letter that `write` sent. */
  async function read(sealed: Uint8Array): Promise<unknown> {
    return (await envelopes.open(sealed)).message.body.content
  }

  return { did, ask, write, read }
}

const unexpected = ({ type, body: { comment } }: Plaintext): string =>
  isProblemReport(type) && typeof comment === "string"
    ? `The mediator reported: ${comment}`
    : `The mediator answered with ${type}.`

/**
 * The same job on the library that peers use: a mediator as small as it can be whose envelopes are didcomm-node's (WASM).
 * It works in one thread, as they do; everything else is as good as ours: Bun.serve, the same store with its grouped
 * commits, documents of known DIDs kept in a map. `bun wasm-peer.ts PORT DATA_DIR`
 */

import { createHash, randomUUID } from "node:crypto"
import { type DIDDoc, type IMessage, Message, type Secret } from "didcomm-node"
import { systemClock } from "../../src/base/clock.ts"
import { createLog } from "../../src/base/log.ts"
import { systemRandom } from "../../src/base/random.ts"
import { openStore } from "../../src/store/store.ts"
import { keyId, mintPeerDid, type PeerDid, readPeerDid } from "../kit/peer-did.ts"

const [port = "0", dataDir = "."] = process.argv.slice(2)
const clock = systemClock
const log = createLog({ level: "warn", format: "text", clock, write: (line) => void process.stderr.write(line) })
const store = await openStore("sqlite:restante.db", { dataDir, clock, log, random: systemRandom, writer: "in-place" })
const quota = { messages: 10_000_000, bytes: 1e11 }
const WEEK = 7 * 24 * 3_600_000

const self = mintPeerDid()
const documents = new Map<string, DIDDoc>()
const resolver = {
  async resolve(did: string) {
    const known = documents.get(did)
    if (known) return known
    const document = documentOf(readPeerDid(did))
    documents.set(did, document)
    return document
  },
}
const secrets: Secret[] = self.keys.map((key, index) => ({
  id: keyId(self, index, "key-n"),
  type: "JsonWebKey2020",
  privateKeyJwk: key.jwk,
}))
const ids = new Set(secrets.map(({ id }) => id))
const keys = {
  get_secret: async (wanted: string) => secrets.find(({ id }) => id === wanted) ?? null,
  find_secrets: async (wanted: string[]) => wanted.filter((id) => ids.has(id)),
}

function documentOf(peer: PeerDid): DIDDoc {
  const methods = peer.keys.map(({ jwk: { kty, crv, x }, purpose }, index) => ({
    id: keyId(peer, index, "key-n"),
    type: "JsonWebKey2020",
    controller: peer.did,
    publicKeyJwk: { kty, crv, x },
    purpose,
  }))
  const idsFor = (purpose: string) => methods.filter((method) => method.purpose === purpose).map(({ id }) => id)
  return {
    id: peer.did,
    keyAgreement: idsFor("E"),
    authentication: idsFor("V"),
    verificationMethod: methods.map(({ purpose: _, ...method }) => method),
    service: [],
  }
}

async function take(text: string): Promise<string | null> {
  const [unpacked] = await Message.unpack(text, resolver, keys, {})
  const message = unpacked.as_value()
  const reply = await handle(message)
  if (!reply || !message.from) return null
  const whole: IMessage = {
    id: randomUUID(),
    typ: "application/didcomm-plain+json",
    from: self.did,
    to: [message.from],
    thid: message.id,
    created_time: Math.floor(Date.now() / 1000),
    ...reply,
  }
  const [packed] = await new Message(whole).pack_encrypted(message.from, self.did, null, resolver, keys, {
    forward: false,
  })
  return packed
}

type Reply = Pick<IMessage, "type" | "body"> & Partial<IMessage>

async function handle(message: IMessage): Promise<Reply | null> {
  const { type, body, from = "" } = message
  const [family, name] = [type.slice(0, type.lastIndexOf("/")), type.slice(type.lastIndexOf("/") + 1)]
  if (name === "forward") return forward(message)
  if (name === "mediate-request") {
    const audit = { actor: from, action: "registration.approved", subject: from }
    await store.ask({ did: from, lane: "didcomm", state: "approved", audit })
    return { type: `${family}/mediate-grant`, body: { routing_did: self.did } }
  }
  const member = await store.findRegistration(from)
  if (!member) throw new Error("a stranger")
  const mailbox = member.id
  const lane = "didcomm" as const
  if (name === "keylist-update") {
    for (const { recipient_did } of body.updates) {
      await store.bind({ mailbox, lane, did: recipient_did, aliases: [], maxAddresses: 100 })
    }
    return { type: `${family}/keylist-update-response`, body: { updated: body.updates } }
  }
  if (name === "delivery-request") {
    const messages = await store.peek({ mailbox, lane, address: null, after: 0, limit: body.limit, bytes: 4_194_304 })
    const attachments = messages.map(({ id, content }) => ({
      id,
      data: { base64: Buffer.from(content).toString("base64url") },
    }))
    return { type: `${family}/delivery`, body: {}, attachments }
  }
  if (name !== "messages-received") throw new Error(`no answer to ${type}`)
  await store.acknowledge({ mailbox, lane, ids: body.message_id_list })
  const { messages } = await store.standing({ mailbox, lane, address: null })
  return { type: `${family}/status`, body: { message_count: messages } }
}

async function forward({ body, attachments = [] }: IMessage): Promise<null> {
  const address = await store.locate("didcomm", [body.next])
  if (!address) throw new Error("nobody of that name")
  const messages = attachments.map(({ data }) => {
    const content = JSON.stringify("json" in data ? data.json : data)
    const fingerprint = createHash("sha256").update(content).digest()
    return {
      lane: "didcomm" as const,
      kind: "forward",
      content,
      sender: null,
      fingerprint,
      expiresAt: Date.now() + WEEK,
    }
  })
  await store.deposit({ address, messages, quota })
  return null
}

Bun.serve({
  hostname: "127.0.0.1",
  port: Number(port),
  async fetch(request) {
    if (request.method === "GET") return new Response(new URL(request.url).pathname === "/did" ? self.did : "ok")
    try {
      const answer = await take(await request.text())
      if (answer === null) return new Response(null, { status: 202 })
      return new Response(answer, { headers: { "Content-Type": "application/didcomm-encrypted+json" } })
    } catch (thrown) {
      log.warn("peer.refused", { error: String(thrown) })
      return new Response(null, { status: 400 })
    }
  },
})
process.on("SIGTERM", async () => {
  await store[Symbol.asyncDispose]()
  process.exit(0)
})

/** What is at the other end of a notice: a server that listens, and a browser's half of Web Push, written from the RFCs. */

import { createDecipheriv, createECDH, createHmac, createPublicKey, randomBytes, verify } from "node:crypto"

export type Received = { readonly path: string; readonly headers: Headers; readonly body: Buffer }

/** A server that keeps what is posted to it. `answer` says what it answers; 201 unless given. */
export function receiver(
  answer: (received: Received, count: number) => Response = () => new Response(null, { status: 201 }),
) {
  const got: Received[] = []
  let wake = () => {}
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const received = {
        path: new URL(request.url).pathname,
        headers: request.headers,
        body: Buffer.from(await request.arrayBuffer()),
      }
      got.push(received)
      wake()
      return request.method === "POST" ? answer(received, got.length) : new Response(null, { status: 405 })
    },
  })
  /** The first `count` requests, once they are there. */
  async function first(count: number): Promise<readonly Received[]> {
    while (got.length < count) await new Promise<void>((resolve) => (wake = resolve))
    return got.slice(0, count)
  }
  return { url: `http://127.0.0.1:${server.port}`, got, first, [Symbol.asyncDispose]: () => server.stop(true) }
}

const hmac = (key: Uint8Array, ...parts: readonly (Uint8Array | string)[]): Buffer => {
  const mac = createHmac("sha256", key)
  for (const part of parts) mac.update(part)
  return mac.digest()
}

/** A user agent with its subscription; its keys may be given, as base64url. */
export function userAgent(given: { privateKey?: string; auth?: string } = {}) {
  const pair = createECDH("prime256v1")
  if (given.privateKey) pair.setPrivateKey(Buffer.from(given.privateKey, "base64url"))
  else pair.generateKeys()
  const auth = given.auth ? Buffer.from(given.auth, "base64url") : randomBytes(16)
  const publicKey = pair.getPublicKey()

  /** RFC 8291 §3.3, §3.4 and RFC 8188 §2, one HMAC at a time. */
  function open(body: Buffer): string {
    const [salt, recordSize, length] = [body.subarray(0, 16), body.readUInt32BE(16), body.readUInt8(20)]
    const [sender, sealed] = [body.subarray(21, 21 + length), body.subarray(21 + length)]
    if (sealed.length > recordSize) throw new Error("more than one record")
    const keyMaterial = hmac(auth, pair.computeSecret(sender))
    const ikm = hmac(keyMaterial, "WebPush: info\0", publicKey, sender, Uint8Array.of(1))
    const prk = hmac(salt, ikm)
    const key = hmac(prk, "Content-Encoding: aes128gcm\0", Uint8Array.of(1)).subarray(0, 16)
    const nonce = hmac(prk, "Content-Encoding: nonce\0", Uint8Array.of(1)).subarray(0, 12)
    const decipher = createDecipheriv("aes-128-gcm", key, nonce).setAuthTag(sealed.subarray(-16))
    const padded = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])
    const end = padded.lastIndexOf(2)
    if (end === -1 || padded.subarray(end + 1).some((byte) => byte !== 0)) throw new Error("not the last record")
    return padded.subarray(0, end).toString()
  }

  return { open, keys: { p256dh: publicKey.toString("base64url"), auth: auth.toString("base64url") } }
}

/** The claims of a VAPID header, whose signature holds, and its key (RFC 8292 §3). */
export function readVapid(header: string): { claims: Record<string, unknown>; key: string } {
  const [, token = "", key = ""] = /^vapid t=([\w.-]+), k=([\w-]+)$/.exec(header) ?? []
  const [head = "", payload = "", signature = ""] = token.split(".")
  const point = Buffer.from(key, "base64url")
  const [x, y] = [point.subarray(1, 33).toString("base64url"), point.subarray(33).toString("base64url")]
  const jwk = createPublicKey({ key: { kty: "EC", crv: "P-256", x, y }, format: "jwk" })
  const isGenuine = verify(
    "sha256",
    Buffer.from(`${head}.${payload}`),
    { key: jwk, dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"),
  )
  const read = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString())
  if (!isGenuine || point[0] !== 4 || read(head).alg !== "ES256") throw new Error(`not genuine: ${header}`)
  return { claims: read(payload), key }
}

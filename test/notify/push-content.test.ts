import { expect, test } from "bun:test"
import { fromBase64url, toBase64url, toUtf8 } from "../../src/base/bytes.ts"
import { fromRawPublicKey, generatePrivateKey, importPrivateKey, importPublicKey } from "../../src/crypto/keys.ts"
import { sealPush } from "../../src/crypto/push-content.ts"
import { userAgent } from "./receiver.ts"

/** RFC 8291, Appendix A. */
const example = {
  content: "When I grow up, I want to be a watermelon",
  agentPrivate: "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94",
  agentPublic: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
  auth: "BTBZMqHH6r4Tts7J_aSIgg",
  ownPrivate: "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw",
  ownPublic: "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
  salt: "DGv6ra1nlYgDCS1FRnbzlw",
  body:
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml" +
    "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT" +
    "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
}

const bytes = (text: string) => fromBase64url(text) ?? new Uint8Array()
const point = (text: string) => fromRawPublicKey("P-256", bytes(text))

function subscriber({ p256dh, auth }: { p256dh: string; auth: string }) {
  const key = importPublicKey(point(p256dh))
  if (!key) throw new Error("not a key")
  return { key, auth: bytes(auth) }
}

test("the RFC's example is sealed to the RFC's bytes", async () => {
  const own = importPrivateKey({ ...point(example.ownPublic), d: example.ownPrivate })
  if (!own) throw new Error("not a key")
  const to = subscriber({ p256dh: example.agentPublic, auth: example.auth })
  const body = await sealPush(toUtf8(example.content), to, { own, salt: bytes(example.salt) })
  expect(toBase64url(body)).toBe(example.body)
})

test("the receiver of these tests opens the RFC's bytes", () => {
  const agent = userAgent({ privateKey: example.agentPrivate, auth: example.auth })
  expect(agent.keys.p256dh).toBe(example.agentPublic)
  expect(agent.open(Buffer.from(example.body, "base64url"))).toBe(example.content)
})

test("a message is opened by whom it is for, and by nobody else", async () => {
  const agent = userAgent()
  const once = { own: generatePrivateKey("P-256"), salt: crypto.getRandomValues(new Uint8Array(16)) }
  const body = Buffer.from(await sealPush(toUtf8("mail"), subscriber(agent.keys), once))
  expect(agent.open(body)).toBe("mail")
  expect(() => userAgent().open(body)).toThrow()
  expect(() => userAgent({ auth: agent.keys.auth }).open(body)).toThrow()
})

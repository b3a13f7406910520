import { expect, test } from "bun:test"
import { command, createClient, type Fields, makeOffer, post, sealOffer, sign } from "../kit/decentrl.ts"
import { told, town } from "./people.ts"

/** An identity whose did:web document is served on this machine, with the keys of a client. */
async function onTheWeb() {
  const keys = await createClient({ url: "", did: "did:web:none", signingKeyId: "", signingKey: "", preKey: "" }, "web")
  const { d: _, key_ops: __, ext: ___, ...publicKeyJwk } = await crypto.subtle.exportKey("jwk", keys.signing.privateKey)
  const {
    d: ____,
    key_ops: _____,
    ext: ______,
    ...preKeyJwk
  } = await crypto.subtle.exportKey("jwk", keys.preKey.privateKey)
  const server = Bun.serve({
    port: 0,
    fetch: (): Response =>
      Response.json({
        id: did,
        verificationMethod: [
          { id: "#mine", type: "JsonWebKey2020", controller: did, publicKeyJwk },
          { id: "#other", type: "JsonWebKey2020", controller: did, publicKeyJwk: preKeyJwk },
        ],
      }),
  })
  const did = `did:web:localhost%3A${server.port}`
  return { ...keys, did, [Symbol.asyncDispose]: () => server.stop(true) }
}

const web = { "decentrl-sender-methods": "decentrl,web", "didcomm-outbound": "any" }

test("where did:web is allowed, any Ed25519 key of the document signs, and no other key", async () => {
  await using who = await onTheWeb()
  await using t = await town(web)
  const ask = async (payload: Fields, keyId: string) =>
    told(
      await post(
        t.url,
        await command(who, "DIRECT_AUTHENTICATED", t.home.did, payload, { sender_signing_key_id: keyId }),
      ),
    )
  const query = { type: "QUERY_EVENTS" }
  expect(await ask(query, `${who.did}#other`)).toBe("401 INVALID_SIGNATURE")
  expect(await ask(query, `${who.did}#signing`)).toBe("401 INVALID_SIGNATURE")
  expect(await ask(query, `${who.did}#mine`)).toBe("403 NOT_REGISTERED")
  const { offer, ephemeral } = await makeOffer(who, t.home.did)
  const { requestor_signature: _, ...terms } = { ...offer, requestor_signing_key_id: `${who.did}#mine` }
  const signed = { ...terms, requestor_signature: await sign(who.signing.privateKey, terms) }
  const request = { type: "REQUEST_COMMUNICATION_CONTRACT", ...(await sealOffer(signed, ephemeral, t.home.preKey)) }
  expect(await ask(request, `${who.did}#mine`)).toBe("200")
  expect(await ask(query, `${who.did}#mine`)).toBe("200")
})

test("where it is not allowed, which is the default, nothing is fetched", async () => {
  await using who = await onTheWeb()
  await using t = await town({ "didcomm-outbound": "any" })
  const keyId = { sender_signing_key_id: `${who.did}#mine` }
  const given = await command(who, "DIRECT_AUTHENTICATED", t.home.did, { type: "QUERY_EVENTS" }, keyId)
  expect(told(await post(t.url, given))).toBe("401 DID_RESOLUTION_FAILED")
})

import { expect, test } from "bun:test"
import { executable } from "../kit/executable.ts"
import { createResident, encrypted } from "../kit/resident.ts"
import { fetchSome, post, resident } from "./people.ts"

/** With the settings as they come: what may be kept also fits through the door, however its envelope is written. */
const LARGEST = 512 * 1024
const stranger = createResident()

/** A sealed message of exactly so many bytes. */
function content(bytes: number): string {
  const around = JSON.stringify({ ciphertext: "letter", padding: "" })
  return JSON.stringify({ ciphertext: "letter", padding: "x".repeat(bytes - around.length) })
}

test.each(["json", "base64"])(
  "the largest message in a %s attachment is kept, and one byte more is refused with a reason",
  async (how) => {
    await using mediator = await executable()
    const bob = await resident(mediator)
    const put = async (bytes: number) => {
      const text = content(bytes)
      const data = how === "json" ? { json: JSON.parse(text) } : { base64: Buffer.from(text).toString("base64url") }
      const attachments = [{ id: "1", media_type: encrypted, data }]
      const type = "https://didcomm.org/routing/2.0/forward"
      const draft = { type, body: { next: bob.did }, attachments, return_route: "all" }
      return post(mediator.url, await stranger.auth(stranger.plaintext(draft, mediator.did), mediator.did))
    }
    const refused = await stranger.open(await (await put(LARGEST + 1)).text())
    expect(refused.body.code).toBe("e.p.me.res.storage.message_too_big")
    expect((await put(LARGEST)).status).toBe(202)
    expect((await fetchSome(mediator, bob)).map(({ letter }) => letter)).toEqual(["letter"])
  },
)

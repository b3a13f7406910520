import { expect, test } from "bun:test"
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { build } from "../build.ts"
import { executable } from "../kit/executable.ts"
import { coordination3, pickup3 } from "../kit/mediator.ts"
import { createResident, type Draft, encrypted, type Resident } from "../kit/resident.ts"

const QEMU = "qemu-aarch64-static"
/** Where libc6-arm64-cross puts the libraries that the executable is linked with. */
const LIBRARIES = "/usr/aarch64-linux-gnu"
const isHere = Bun.which(QEMU) !== null && existsSync(LIBRARIES)
if (!isHere) console.warn("linux-arm64 is not started: apt-get install qemu-user-static libc6-arm64-cross")

/** The linux-arm64 executable as a mediator, on an emulated processor. */
async function emulated(folder: string) {
  const program = await build(join(folder, "restante.arm64"), { target: "bun-linux-arm64" })
  const start = join(folder, "restante")
  writeFileSync(start, `#!/bin/sh\nexec ${QEMU} -L ${LIBRARIES} ${program} "$@"\n`, { mode: 0o755 })
  const before = process.env.RESTANTE_EXECUTABLE
  process.env.RESTANTE_EXECUTABLE = start
  try {
    return await executable()
  } finally {
    if (before === undefined) delete process.env.RESTANTE_EXECUTABLE
    else process.env.RESTANTE_EXECUTABLE = before
  }
}

type At = { readonly url: string; readonly did: string }

const post = ({ url }: At, body: string) => fetch(url, { method: "POST", body, headers: { "Content-Type": encrypted } })

async function ask(m: At, who: Resident, draft: Draft) {
  const answer = await post(m, await who.auth(who.plaintext({ return_route: "all", ...draft }, m.did), m.did))
  return who.open(await answer.text())
}

test.skipIf(!isHere)(
  "on arm64 a message is forwarded, picked up, acknowledged, and gone after a restart",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "restante-arm64-"))
    using _folder = { [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
    await using m = await emulated(folder)
    const [bob, alice] = [createResident(), createResident()]
    await ask(m, bob, { type: `${coordination3}/mediate-request` })
    const updates = [{ recipient_did: bob.did, action: "add" }]
    await ask(m, bob, { type: `${coordination3}/recipient-update`, body: { updates } })
    const letter = alice.plaintext({ type: "https://didcomm.org/empty/1.0/empty" }, bob.did)
    const { from: _, ...forward } = alice.plaintext(
      { type: "https://didcomm.org/routing/2.0/forward", body: { next: bob.did } },
      m.did,
    )
    const json = JSON.parse(await alice.auth(letter, bob.did))
    const attachments = [{ id: "1", media_type: encrypted, data: { json } }]
    expect((await post(m, await alice.anon({ ...forward, attachments }, m.did))).status).toBe(202)

    const delivery = await ask(m, bob, { type: `${pickup3}/delivery-request`, body: { limit: 10 } })
    const [parcel] = delivery.attachments as { id: string; data: { base64: string } }[]
    const opened = await bob.open(Buffer.from(parcel?.data.base64 ?? "", "base64url").toString())
    expect(opened).toMatchObject({ id: letter.id, from: alice.did })
    await ask(m, bob, { type: `${pickup3}/messages-received`, body: { message_id_list: [parcel?.id] } })
    await m.restart()
    const status = await ask(m, bob, { type: `${pickup3}/status-request` })
    expect(status.body).toMatchObject({ message_count: 0 })
  },
  120_000,
)

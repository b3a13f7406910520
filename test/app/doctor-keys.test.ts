import { afterAll, expect, test } from "bun:test"
import { copyFileSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { keyChecks } from "../../src/app/doctor/keys.ts"
import { home, settingsWith } from "../cli/home.ts"

/** What the doctor says about the mediator's own keys, and its certificate's. */

const DAY = 86_400_000
const folder = mkdtempSync(join(tmpdir(), "restante-keys-"))
afterAll(() => rmSync(folder, { recursive: true }))

test("who still writes to replaced keys is known, until nobody does", async () => {
  const here = await home()
  await here.registered("did:web:anna.example", "approved")
  const look = (ahead = 0) =>
    here.seed(async ({ store, self }) => {
      const [check] = keyChecks({ settings: here.settings, self: () => self, store, now: () => Date.now() + ahead })
      return check?.look()
    })
  const writesTo = (generation: number) =>
    here.seed(async ({ store }) => {
      const registration = await store.findRegistration("did:web:anna.example")
      await store.seen([{ mailbox: registration?.id ?? 0, at: Date.now(), generation }])
    })
  expect(await look()).toMatchObject({ level: "ok", why: "The keys were never replaced." })
  await writesTo(1)
  await here.document("did", "rotate", "--overlap", "30d", "--yes")
  expect(await look()).toMatchObject({ level: "ok", facts: { rotations: 1, members: 1 } })
  expect(await look(25 * DAY)).toMatchObject({ level: "warn", why: expect.stringContaining("in 5 days: 1") })
  expect(await look(31 * DAY)).toMatchObject({ level: "warn", why: expect.stringContaining("have ended") })
  await writesTo(2)
  expect(await look(31 * DAY)).toMatchObject({ level: "ok", facts: { members: 0 } })
}, 30_000)

test("files of a certificate that cannot be used, has expired, or soon will, are found", () => {
  const made = join(import.meta.dir, "../transport/tls")
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")]
  const settings = settingsWith({ tls: "files", "tls-cert": cert, "tls-key": key })
  const look = (now: number) =>
    keyChecks({ settings, self: () => null, store: null as never, now: () => now })[1]?.look()
  expect(look(Date.now())).toMatchObject({ level: "fail", why: expect.stringContaining("server.tls_cert") })
  copyFileSync(join(made, "expired.pem"), cert)
  copyFileSync(join(made, "expired.key"), key)
  expect(look(Date.UTC(2020, 0, 2))).toMatchObject({ level: "ok", facts: { days: 30 } })
  expect(look(Date.UTC(2020, 0, 25))).toMatchObject({ level: "warn", facts: { days: 7 } })
  expect(look(Date.UTC(2020, 1, 2))).toMatchObject({ level: "fail", why: "It has expired." })
})

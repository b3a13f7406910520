/** A mediator's home as an operator has it, without a server: a folder with an identity and whatever a test puts there. */

import { join } from "node:path"
import { type Desk, openDesk } from "../../src/app/desk.ts"
import { openIdentityFile } from "../../src/app/identity.ts"
import { type Clock, systemClock } from "../../src/base/clock.ts"
import { resolveSettings } from "../../src/config/load.ts"
import type { Settings } from "../../src/config/schema.ts"
import type { Lane, RegistrationState } from "../../src/mailbox/model.ts"
import { DAY, letter, ROOMY } from "../contract/world.ts"
import { emptyFolder, run } from "./run.ts"

export type Home = Awaited<ReturnType<typeof home>>

/** Settings as flags give them. */
export function settingsWith(flags: Readonly<Record<string, string>>): Settings {
  const outcome = resolveSettings({ file: null, env: {}, flags: new Map(Object.entries(flags)) })
  if ("problems" in outcome) throw new Error(JSON.stringify(outcome.problems))
  return outcome.settings
}

export async function home({ cwd = emptyFolder(), dataDir = join(cwd, "restante-data") } = {}) {
  const settings = settingsWith({ "data-dir": dataDir })
  const { self } = await openIdentityFile(settings)

  /** Does something at the desk, as long ago as `ago` says (ms). */
  async function seed<T>(work: (desk: Desk) => Promise<T>, ago = 0): Promise<T> {
    await using desk = await openDesk(settings, { clock: earlier(ago) })
    return await work(desk)
  }

  /** Somebody who asked for a mailbox `ago` ms ago, and where that led. */
  const registered = (did: string, state: RegistrationState, { ago = 0, lane = "didcomm" as Lane } = {}) =>
    seed(({ store }) => store.ask({ did, lane, state, audit: { actor: did, action: "asked", subject: did } }), ago)

  /** Mail for somebody who has a mailbox, each letter of `size` bytes. */
  const deliver = (did: string, count: number, { ago = 0, size = 1024 } = {}) =>
    seed(async ({ store }) => {
      const registration = await store.findRegistration(did)
      if (!registration) throw new Error(`${did} is not registered`)
      await store.bind({ mailbox: registration.id, lane: "didcomm", did, aliases: [], maxAddresses: 100 })
      const address = await store.locate("didcomm", [did])
      if (!address) throw new Error(`${did} was not bound`)
      const expiresAt = Date.now() + 7 * DAY
      const messages = Array.from({ length: count }, () => letter({ text: randomText(size), expiresAt }))
      await store.deposit({ address, messages, quota: { ...ROOMY, bytes: 64 * 1024 * 1024 } })
    }, ago)

  const cli = (...args: string[]) => run(args, { cwd })

  /** What a command prints with --json; throws unless it succeeded. */
  async function document(...args: string[]) {
    const { stdout, stderr, exit } = await cli(...args, "--json")
    if (exit !== 0) throw new Error(`exit code ${exit}: ${stderr}`)
    return JSON.parse(stdout)
  }

  return { cwd, settings, self, seed, registered, deliver, cli, document }
}

const earlier = (ago: number): Clock => ({ ...systemClock, now: () => Date.now() - ago })

const randomText = (size: number): string => {
  const text = crypto.randomUUID()
  return text.repeat(Math.ceil(size / text.length)).slice(0, size)
}

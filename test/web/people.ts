/** A mediator with a day's life in it: members with mail, members who wait, and what was done about them. */

import { createClient, meet } from "../kit/decentrl.ts"
import { coordination3 } from "../kit/mediator.ts"
import { createResident } from "../kit/resident.ts"
import type { Desk } from "./kit.ts"

const names = ["Phone of Ada", "Kitchen tablet", "Grace", "", "Edith’s laptop", "", "Ham radio club", "Mail bridge"]

/** Eight members, a few of them with mail, one suspended; then the door closes, and three more wait. */
export async function populate({ m, ada }: Desk): Promise<void> {
  const at = (did: string) => `/registrations/${encodeURIComponent(did)}`
  const sender = createResident()
  for (const [index, label] of names.entries()) {
    const waiter = createResident()
    await m.ask(waiter, { type: `${coordination3}/mediate-request` })
    await ada.call("POST", `${at(waiter.did)}/transition`, { transition: "approve" })
    const member = waiter
    await m.ask(member, { type: `${coordination3}/mediate-request` })
    const updates = [{ recipient_did: member.did, action: "add" }]
    await m.ask(member, { type: `${coordination3}/recipient-update`, body: { updates } })
    const quota = index === 2 ? { overrides: { maxMessages: 20 } } : {}
    if (label) await ada.call("PATCH", at(member.did), { label, note: "", ...quota })
    for (let letter = 0; letter < (index * 7) % 19; letter++) {
      await m.post(await m.letter(sender, member.did, `letter ${letter} ${"word ".repeat(index * 40)}`))
    }
    if (index === 4) await ada.call("POST", `${at(member.did)}/transition`, { transition: "suspend" })
  }
  for (let waiting = 0; waiting < 2; waiting++) {
    await m.ask(createResident(), { type: `${coordination3}/mediate-request` })
  }
  await ada.call("POST", "/invites", { label: "Family", uses: 4 })
  const bob = await createClient(await meet(m.url), "bob")
  await bob.register()
}

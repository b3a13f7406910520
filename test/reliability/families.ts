/** The same load in both languages: wallets that are written to, fetch their mail, and acknowledge it. */

import { befriend } from "../decentrl/people.ts"
import { command, createClient, meet, post as postCommand } from "../kit/decentrl.ts"
import {
  acknowledge,
  type Delivered,
  fetchSome,
  isAccepted,
  type Letter,
  letter,
  type Place,
  resident,
} from "./people.ts"

/** Whose mail comes and goes. Everything rejects while the mediator is away. */
export type Recipient = {
  /** A message for it, not sent yet; `id` is found again in what is delivered. */
  write(id: string, padding: number): Promise<Letter>
  /** The oldest that wait. */
  fetch(limit: number): Promise<Delivered[]>
  acknowledge(delivered: readonly Delivered[]): Promise<void>
}

export type Family = {
  recipient(): Promise<Recipient>
  /** Whether the mediator has it, now or from before. Undefined when no answer came. */
  send(letter: Letter): Promise<boolean | undefined>
}

export const families = { didcomm, decentrl } as const

function didcomm(place: Place): Family {
  return {
    async recipient() {
      const who = await resident(place)
      return {
        write: (id, padding) => letter(place, who.did, id, padding),
        fetch: (limit) => fetchSome(place, who, limit),
        async acknowledge(delivered) {
          const ids = delivered.map(({ id }) => id)
          await acknowledge(place, who, ids)
        },
      }
    },
    send: ({ bytes }) => isAccepted(place.url, bytes),
  }
}

function decentrl(place: Place): Family {
  const met = meet(place.url)
  return {
    async recipient() {
      const home = await met
      const [writer, owner] = [await createClient(home, "writer"), await createClient(home, "owner")]
      for (const who of [writer, owner]) await who.register()
      await befriend(writer, owner)
      return {
        async write(id, padding) {
          const payload = { payload: `${id} ${"x".repeat(padding)}` }
          return { id, bytes: JSON.stringify(await command(writer, "TWO_WAY_PRIVATE", owner.did, payload)) }
        },
        async fetch(limit) {
          const { payload } = await owner.ask("QUERY_PENDING_EVENTS", { pagination: { limit, cursor: null } })
          const events = payload.pending_events as readonly { id: string; payload: string }[]
          return events.map((event) => ({ id: event.id, letter: event.payload.split(" ")[0] ?? "" }))
        },
        async acknowledge(delivered) {
          const ids = delivered.map(({ id }) => id)
          const { type, code } = await owner.ask("ACKNOWLEDGE_PENDING_EVENTS", { ids })
          if (type !== "SUCCESS") throw new Error(`an acknowledgement was answered with ${code}`)
        },
      }
    },
    async send({ bytes }) {
      const answer = await postCommand(place.url, bytes).catch(() => undefined)
      // A command is taken once: that its nonce is used says that it was.
      return answer && (answer.type === "SUCCESS" || answer.code === "NONCE_ALREADY_USED")
    },
  }
}

/** Everything that waits, taken out. */
export async function empty(who: Recipient): Promise<Delivered[]> {
  const all: Delivered[] = []
  for (;;) {
    const some = await who.fetch(50)
    if (some.length === 0) return all
    all.push(...some)
    await who.acknowledge(some)
  }
}

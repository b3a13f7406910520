import type { Random } from "../base/random.ts"
import { Fault } from "../faults.ts"
import type { MailboxPolicy } from "./mailboxes.ts"
import type { Contract, PublicEvent, SavedEvent } from "./model.ts"
import type { ArchiveStore, PageRequest } from "./ports.ts"

export type Archive = ReturnType<typeof createArchive>

type PageWanted = Omit<PageRequest, "bytes">

// Of what is kept: a page of large items ends early, and the next one goes on where it ended.
const PAGE_BYTES = 1024 * 1024

/**
 * What owners keep on purpose, and what they show everybody. Whatever keeps something may throw the Faults
 * mailbox.full, message.too_large, request.busy and store.failed, and has then kept nothing.
 */
export function createArchive(
  store: ArchiveStore,
  { random, policy }: { random: Random; policy: () => Pick<MailboxPolicy, "quota" | "maxMessageBytes"> },
) {
  const checkSize = (content: string) => {
    if (Buffer.byteLength(content) > policy().maxMessageBytes) throw new Fault("message.too_large")
  }
  const kept = <Outcome>(outcome: Outcome | "full"): Outcome => {
    if (outcome === "full") throw new Fault("mailbox.full")
    return outcome
  }

  /** Keeps events, all or none, and tells their ids in order; those that come without one are given one. */
  async function save(
    mailbox: number,
    given: readonly (Omit<SavedEvent, "id"> & { id?: string | undefined })[],
  ): Promise<readonly string[]> {
    for (const { payload } of given) checkSize(payload)
    const events = given.map((event) => ({ ...event, id: event.id ?? random.id() }))
    kept(await store.saveEvents({ mailbox, events, quota: policy().quota }))
    return events.map(({ id }) => id)
  }

  /** A page of the owner's events; see ArchiveStore.queryEvents. */
  const query = (wanted: { mailbox: number; tags: readonly string[]; match: "all" | "any" } & PageWanted) =>
    store.queryEvents({ ...wanted, bytes: PAGE_BYTES })

  /** Replaces the tags of the owner's events, all or none; how many there were. */
  const retag = async (mailbox: number, updates: readonly { id: string; tags: readonly string[] }[]): Promise<number> =>
    kept(await store.retagEvents({ mailbox, updates, quota: policy().quota }))

  /** Keeps a contract for an owner. */
  async function keepContract(mailbox: number, contract: Contract): Promise<void> {
    checkSize(contract.content)
    kept(await store.saveContract({ mailbox, contract, quota: policy().quota }))
  }

  /** A page of the owner's contracts that are valid now. */
  const contracts = (wanted: { mailbox: number } & PageWanted) => store.contracts({ ...wanted, bytes: PAGE_BYTES })

  /** Shows an event to everybody, and tells the id it was given. */
  async function publish(mailbox: number, given: Omit<PublicEvent, "id">): Promise<string> {
    checkSize(given.content)
    const event = { ...given, id: random.id() }
    kept(await store.publish({ mailbox, event, quota: policy().quota }))
    return event.id
  }

  /** A page of what a publisher shows; see ArchiveStore.published. */
  const published = (wanted: { publisher: string; channel: string | null; tag: string | null } & PageWanted) =>
    store.published({ ...wanted, bytes: PAGE_BYTES })

  const { contractUntil, unpublish } = store
  return { save, query, retag, keepContract, contracts, contractUntil, publish, unpublish, published }
}

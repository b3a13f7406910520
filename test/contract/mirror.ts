/** The store as a plain model: what it should answer, without anything that makes it fast or durable. */

import { DAY } from "./world.ts"

export type Kept = { readonly address: string; readonly text: string; readonly expiresAt: number }
export type Saved = { readonly id: string; readonly payload: string; readonly tags: readonly string[] }
type Quota = { readonly messages: number; readonly bytes: number }

/** `ownerOf` says whose mailbox an address leads to; the quota is everybody's. */
export function mirror(now: () => number, ownerOf: (address: string) => number, quota: Quota) {
  let kept: Kept[] = []
  const archives = new Map<number, Saved[]>()
  const known = new Map<string, number>()
  const facts = new Map<string, number>()

  const stored = (owner: number) => kept.filter(({ address }) => ownerOf(address) === owner)
  const waiting = (owner: number) => stored(owner).filter(({ expiresAt }) => expiresAt > now())
  const saved = (owner: number) => archives.get(owner) ?? []
  const isNew = (address: string) => (text: string) => (known.get(`${address} ${text}`) ?? 0) <= now()

  /** Whether there is room for `more` and an archive that is as given, if need be without what has expired. */
  function hasRoom(owner: number, more: readonly string[], archive: readonly Saved[]): boolean {
    const fits = () => {
      const all = [...stored(owner).map(({ text }) => text), ...archive.map(textOf), ...more]
      return all.length <= quota.messages && all.join("").length <= quota.bytes
    }
    if (fits()) return true
    kept = kept.filter((one) => ownerOf(one.address) !== owner || one.expiresAt > now())
    return fits()
  }

  return {
    waiting,
    /** What an owner has saved, with all or any of the tags. */
    tagged(owner: number, tags: readonly string[], match: "all" | "any"): readonly Saved[] {
      const fits = (one: Saved) =>
        match === "all" ? tags.every((tag) => one.tags.includes(tag)) : tags.some((tag) => one.tags.includes(tag))
      return tags.length === 0 ? saved(owner) : saved(owner).filter(fits)
    },

    deposit(address: string, texts: readonly string[], expiresAt: number): "stored" | "full" {
      const owner = ownerOf(address)
      const fresh = [...new Set(texts)].filter(isNew(address))
      if (fresh.length > 0 && !hasRoom(owner, fresh, saved(owner))) return "full"
      for (const text of fresh) {
        kept.push({ address, text, expiresAt })
        known.set(`${address} ${text}`, Math.max(expiresAt, now() + DAY))
      }
      return "stored"
    },

    save(owner: number, events: readonly Saved[]): "stored" | "full" {
      const archive = [...saved(owner)]
      for (const event of events) if (!archive.some(({ id }) => id === event.id)) archive.push(event)
      if (archive.length > saved(owner).length && !hasRoom(owner, [], archive)) return "full"
      archives.set(owner, archive)
      return "stored"
    },

    retag(owner: number, id: string, tags: readonly string[]): number | "full" {
      const before = saved(owner)
      const archive = before.map((one) => (one.id === id ? { ...one, tags } : one))
      const grows = bytesOf(archive) > bytesOf(before)
      if (grows && !hasRoom(owner, [], archive)) return "full"
      archives.set(owner, archive)
      return before.some((one) => one.id === id) ? 1 : 0
    },

    /** Deletes those of `picked` that wait for the owner, and says how many that were. */
    acknowledge(owner: number, picked: readonly Kept[]): number {
      const gone = waiting(owner).filter((one) => picked.includes(one))
      kept = kept.filter((one) => !gone.includes(one))
      return gone.length
    },

    expire(): number {
      const before = kept.length
      kept = kept.filter(({ expiresAt }) => expiresAt > now())
      return before - kept.length
    },

    reserve(key: string, until: number): boolean {
      if ((facts.get(key) ?? 0) > now()) return false
      facts.set(key, until)
      return true
    },
  }
}

export const bytesOf = (all: readonly Saved[]): number => all.map(textOf).join("").length

const textOf = ({ payload, tags }: Saved): string => [payload, ...tags].join("")

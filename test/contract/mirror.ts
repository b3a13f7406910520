/** The store as a plain model: what it should answer, without anything that makes it fast or durable. */

import { DAY } from "./world.ts"

export type Kept = { readonly address: string; readonly text: string; readonly expiresAt: number }
type Quota = { readonly messages: number; readonly bytes: number }

/** `ownerOf` says whose mailbox an address leads to. */
export function mirror(now: () => number, ownerOf: (address: string) => number) {
  let kept: Kept[] = []
  const known = new Map<string, number>()
  const facts = new Map<string, number>()

  const stored = (owner: number) => kept.filter(({ address }) => ownerOf(address) === owner)
  const waiting = (owner: number) => stored(owner).filter(({ expiresAt }) => expiresAt > now())
  const isNew = (address: string) => (text: string) => (known.get(`${address} ${text}`) ?? 0) <= now()

  return {
    waiting,

    deposit(address: string, texts: readonly string[], expiresAt: number, quota: Quota): "stored" | "full" {
      const owner = ownerOf(address)
      const fresh = [...new Set(texts)].filter(isNew(address))
      const fits = () => {
        const all = [...stored(owner).map(({ text }) => text), ...fresh]
        return all.length <= quota.messages && all.join("").length <= quota.bytes
      }
      if (fresh.length > 0 && !fits()) {
        kept = kept.filter((one) => ownerOf(one.address) !== owner || one.expiresAt > now())
        if (!fits()) return "full"
      }
      for (const text of fresh) {
        kept.push({ address, text, expiresAt })
        known.set(`${address} ${text}`, Math.max(expiresAt, now() + DAY))
      }
      return "stored"
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

import type { Delivered, Letter } from "./people.ts"

/** What senders and receivers were told, held against what they get. */
export function createLedger() {
  const accepted = new Set<string>()
  const unanswered = new Map<string, Letter>()
  const mediatorIds = new Map<string, string>()
  const acknowledged = new Set<string>()
  const faults: string[] = []
  let interrupted = 0

  return {
    /** A sender's answer: taken, refused, or none at all. */
    sent(letter: Letter, answer: boolean | undefined): void {
      if (answer === undefined) {
        interrupted++
        unanswered.set(letter.id, letter)
        return
      }
      unanswered.delete(letter.id)
      if (answer) accepted.add(letter.id)
      else faults.push(`${letter.id} was refused`)
    },
    /** What a receiver got. The same message may come again until it is acknowledged, but always under the same id. */
    delivered(messages: readonly Delivered[]): void {
      for (const { id, letter } of messages) {
        if (acknowledged.has(id)) faults.push(`${letter} came back`)
        if ((mediatorIds.get(letter) ?? id) !== id) faults.push(`${letter} was doubled`)
        mediatorIds.set(letter, id)
      }
    },
    acknowledged(messages: readonly Delivered[]): void {
      for (const { id } of messages) acknowledged.add(id)
    },
    unanswered: () => [...unanswered.values()],
    faults: () => faults,
    lost: () => [...accepted].filter((id) => !mediatorIds.has(id)),
    counts: () => ({ accepted: accepted.size, acknowledged: acknowledged.size, interrupted }),
  }
}

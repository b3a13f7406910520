/** What of the machine sets the limit, as the figures say. */
export type Verdict = {
  readonly by: "disk" | "processor" | "both"
  /** Of the time of one message sent alone, what the disk takes for one fsync: 0 to 1. */
  readonly diskShare: number
  /** How busy the processors of the machine are while many messages are under way: 0 to 1. */
  readonly processorShare: number
  readonly sentence: string
  readonly advice: string
}

const BUSY = 0.7
const HEAVY = 0.5

export function verdictOf(shares: { readonly disk: number; readonly processor: number }): Verdict {
  const [disk, processor] = [bounded(shares.disk), bounded(shares.processor)]
  const by = limitOf(disk, processor)
  return { by, diskShare: disk, processorShare: processor, ...words[by](percent(disk), percent(processor)) }
}

function limitOf(disk: number, processor: number): Verdict["by"] {
  if (disk >= HEAVY && processor >= BUSY) return "both"
  if (disk < HEAVY && processor < BUSY) return disk / HEAVY > processor / BUSY ? "disk" : "processor"
  return disk >= HEAVY ? "disk" : "processor"
}

const bounded = (share: number): number => Math.min(1, Math.max(0, share))
const percent = (share: number): string => `${Math.round(share * 100)} %`

const words: Readonly<
  Record<Verdict["by"], (disk: string, processor: string) => { readonly sentence: string; readonly advice: string }>
> = {
  disk: (disk, processor) => ({
    sentence: `The disk sets the limit: it takes ${disk} of the time of a message sent alone, and with many at a time the processor is ${processor} busy.`,
    advice: "An SSD in the place of an SD card or a network disk helps; a faster processor hardly does.",
  }),
  processor: (disk, processor) => ({
    sentence: `The processor sets the limit: with many messages at a time it is ${processor} busy, and the disk takes ${disk} of the time of one sent alone.`,
    advice: "A faster processor or a second core helps; a faster disk hardly does.",
  }),
  both: (disk, processor) => ({
    sentence: `Disk and processor set the limit together: the disk takes ${disk} of the time of a message sent alone, and with many at a time the processor is ${processor} busy.`,
    advice: "A faster disk makes single messages quicker; a faster processor or a second core takes in more.",
  }),
}

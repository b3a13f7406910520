/** Long texts for another thread, through memory that both threads see: cloned with a message, they cost three times as much. */

import { fromUtf8 } from "../../base/bytes.ts"

/** Where a text lies, bytes; or the text itself, when there was no room for it; null when it was not UTF-8. */
export type Slip = readonly [at: number, size: number] | string | null

/** As much as is on its way when many envelopes of a few kilobytes come at once. A power of two: positions are counted modulo 2^32. */
const SIZE = 1024 * 1024
/** Before the texts: how far they were taken. */
const HEADER = 64
/** UTF-16 units become so many bytes of UTF-8 at most. */
const WIDEST = 3

export const chuteMemory = (): SharedArrayBuffer => new SharedArrayBuffer(HEADER + SIZE)

const views = (memory: SharedArrayBuffer) => ({
  taken: new Uint32Array(memory, 0, 1),
  texts: Buffer.from(memory, HEADER, SIZE),
})

/** The end that one thread puts texts into. */
export function chuteIn(memory: SharedArrayBuffer) {
  const { taken, texts } = views(memory)
  let end = 0

  /** Where there are `size` bytes at a stretch, or -1. */
  function reserve(size: number): number {
    const at = end % SIZE
    const rest = at + size > SIZE ? SIZE - at : 0
    const used = (end - Atomics.load(taken, 0)) >>> 0
    if (used + rest + size > SIZE) return -1
    end = (end + rest) >>> 0
    return end % SIZE
  }

  return {
    /** Bytes are taken to be UTF-8, which the other end looks at. */
    put(text: string | Uint8Array): Slip {
      const isText = typeof text === "string"
      const at = reserve(isText ? text.length * WIDEST : text.byteLength)
      if (at === -1) return isText ? text : fromUtf8(text)
      const size = isText ? texts.write(text, at) : text.byteLength
      if (!isText) texts.set(text, at)
      end = (end + size) >>> 0
      return [at, size]
    },
    /** How far texts were put by now. */
    end: () => end,
  }
}

/** The end where another takes them out. */
export function chuteOut(memory: SharedArrayBuffer) {
  const { taken, texts } = views(memory)

  return {
    /** The text; null when it is not UTF-8. */
    take(slip: Slip): string | null {
      return Array.isArray(slip) ? fromUtf8(texts.subarray(slip[0], slip[0] + slip[1])) : (slip as string | null)
    },
    /** What was put up to here has been taken: its room may be used again. */
    free(end: number): void {
      Atomics.store(taken, 0, end)
    },
  }
}

/** A month that never was, for pictures: what a mediator of a few dozen people notes down, with their days and nights. */

import { writeHistory } from "../../src/app/history-file.ts"

const HOUR = 3_600_000
const rings = [
  { stepMs: 10_000, count: 8_640 },
  { stepMs: 300_000, count: 8_640 },
] as const

export type Now = { readonly at: number; readonly waiting: number; readonly freeBytes: number }

/** The file in which history is kept, until `at`; at the end as many messages wait as really do. */
export function inventPast({ at, waiting, freeBytes }: Now): Uint8Array {
  let state = 0x2545f491
  /** 0 to 1, the same each time. */
  const chance = (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
  const noisy = (amount: number, by: number) => amount * (1 + by * (chance() - 0.5))
  /** How many are awake: few at four in the morning, most in the evening. */
  const awake = (time: number) => {
    const hour = (time / HOUR) % 24
    return 0.12 + 0.5 * Math.max(0, Math.sin(((hour - 7) / 15) * Math.PI)) + 0.5 * Math.exp(-(((hour - 19) / 2.4) ** 2))
  }
  const ago = (time: number) => (at - time) / HOUR
  const series: Readonly<Record<string, (time: number) => number>> = {
    messages_in_didcomm: (time) => noisy(0.5 * awake(time), 0.7),
    messages_in_decentrl: (time) => noisy(0.16 * awake(time + HOUR), 0.9),
    messages_out_didcomm: (time) => noisy(0.48 * awake(time - HOUR / 6), 0.7),
    messages_out_decentrl: (time) => noisy(0.15 * awake(time + HOUR / 2), 0.9),
    waiting: (time) => Math.round(waiting + 26 * (awake(at) - awake(time)) + 5 * Math.sin(ago(time) / 1.7)),
    oldest_seconds: (time) => 3_600 * (26 - (ago(time) % 19)),
    deliver_p50: (time) => noisy(0.03 + 0.02 * awake(time), 0.3),
    deliver_p95: (time) => noisy(0.4 + 0.9 * awake(time), 0.5),
    deliver_p99: (time) => noisy(1.6 + 2.4 * awake(time), 0.6),
    sockets: (time) => Math.round(3 + 17 * awake(time) + chance()),
    refusals: (time) => (chance() > 0.97 ? noisy(0.03 * awake(time), 1) : 0),
    commit_p50: () => noisy(0.0011, 0.2),
    commit_p99: (time) => noisy(0.006 + 0.004 * awake(time), 0.6),
    commit_acts: (time) => 1 + noisy(0.5 * awake(time), 0.8),
    disk_free_bytes: (time) => freeBytes + ago(time) * 4e5,
    database_bytes: (time) => 9.6e6 - ago(time) * 4e3,
    cpu: (time) => noisy(0.015 + 0.05 * awake(time), 0.5),
    rss_bytes: (time) => 96e6 + 9e6 * awake(time),
    loop_lag_p99: (time) => noisy(0.002 + 0.002 * awake(time), 0.7),
  }
  const names = Object.keys(series)
  return writeHistory({
    names,
    rings: rings.map(({ stepMs, count }) => {
      const until = Math.floor(at / stepMs) * stepMs
      const timeOf = (point: number) => until - (count - point) * stepMs
      const columns = Object.values(series).map((value) =>
        Float32Array.from({ length: count }, (_, i) => value(timeOf(i))),
      )
      return { stepMs, until, count, columns }
    }),
  })
}

import type { Storage } from "../admin/endpoints/storage.ts"
import { CLASSES, quantile } from "../base/spread.ts"
import type { MeasureStore } from "../mailbox/operator-ports.ts"
import type { History } from "./history.ts"
import type { Pulse } from "./pulse.ts"

const NOTHING = new Float64Array(CLASSES)

type Given = {
  readonly store: MeasureStore
  readonly history: Pick<History, "trend">
  readonly pulse: Pick<Pulse, "spreads">
}

/** How the database fares; the times are those since the start. */
export async function storageOf({ store, history, pulse }: Given): Promise<Storage> {
  const { databaseBytes, walBytes, reusableBytes, freeBytes, ballastBytes, pageSize, schema } = await store.measure()
  const growth = history.trend("database_bytes")
  const time = (share: number) => {
    const seconds = quantile(NOTHING, pulse.spreads.commit.counts, share)
    return seconds === null ? null : Number((seconds * 1000).toFixed(2))
  }
  return {
    databaseBytes,
    walBytes,
    reusableBytes,
    freeBytes,
    ballastBytes,
    growthBytesPerDay: growth === null ? null : Math.round(growth),
    daysLeft: growth === null || growth <= 0 ? null : Math.floor((freeBytes + reusableBytes) / growth),
    commitP50: time(0.5),
    commitP99: time(0.99),
    pageSize,
    schema,
    // synchronous = FULL: what was accepted is on disk.
    durability: "full",
  }
}

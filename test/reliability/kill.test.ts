import { expect, test } from "bun:test"
import { seed } from "./chance.ts"
import { crash } from "./crash.ts"

const KILLS = 10

test.each(["didcomm", "decentrl"] as const)(
  `killed ${KILLS} times under load of %s, it loses nothing accepted, doubles nothing, brings back nothing acknowledged (seed ${seed})`,
  async (family) => {
    const { faults, lost, accepted, acknowledged, interrupted } = await crash({ family, kills: KILLS, seed })
    expect(faults).toEqual([])
    expect(lost).toEqual([])
    expect(accepted).toBeGreaterThan(KILLS * 16)
    expect(acknowledged).toBeGreaterThan(KILLS)
    // Else the kills came when nothing was under way.
    expect(interrupted).toBeGreaterThan(KILLS)
  },
  240_000,
)

import { expect, test } from "bun:test"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { executable } from "../kit/executable.ts"
import { seed } from "./chance.ts"
import { corrupt, corruptStarts } from "./corrupt.ts"
import { fetchSome, isAccepted, letter, resident } from "./people.ts"

const FLIPS = 50

test(`a database damaged in one of ${FLIPS} places serves what is intact, refuses the rest by name, and never serves anything else (seed ${seed})`, async () => {
  const { faults, wrong, intact, ...rest } = await corrupt({ flips: FLIPS, seed })
  expect(faults).toEqual([])
  expect(wrong).toBe(0)
  expect(intact + rest["in part"] + rest.refused).toBe(FLIPS)
  expect(rest["in part"] + rest.refused).toBeGreaterThan(0)
}, 180_000)

test(`the executable starts on a damaged database, or ends with 65 and a sentence (seed ${seed})`, async () => {
  expect((await corruptStarts({ starts: 8, seed })).faults).toEqual([])
}, 180_000)

test("a message in which the disk changed one bit is not handed out; the others are, and the log says so", async () => {
  await using mediator = await executable()
  const bob = await resident(mediator)
  const ids = ["one", "two", "three"]
  for (const id of ids) {
    expect(await isAccepted(mediator.url, (await letter(mediator, bob.did, id, 500)).bytes)).toBe(true)
  }
  await mediator.stop()
  const path = join(mediator.dataDir, "restante.db")
  const bytes = readFileSync(path)
  const at = bytes.indexOf('"two"')
  expect(at).toBeGreaterThan(0)
  bytes[at + 2] = "W".charCodeAt(0)
  writeFileSync(path, bytes)
  await mediator.restart()
  for (let times = 0; times < 2; times++) {
    expect((await fetchSome(mediator, bob, 2)).map(({ letter }) => letter)).toEqual(["one", "three"])
  }
  expect(mediator.stderr().match(/error store\.message_damaged /g)).toHaveLength(1)
})

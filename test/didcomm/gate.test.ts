import { expect, test } from "bun:test"
import fc from "fast-check"
import { createGate } from "../../src/didcomm/gate.ts"
import { refusal } from "../crypto/refusal.ts"
import { seeded } from "../kit/seed.ts"

/** An act that ends when it is told to. */
function lever() {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let started = false
  const act = () => {
    started = true
    return promise
  }
  return { act, isRunning: () => started, end: () => resolve(), fail: () => reject(new Error("failed")) }
}
const settle = () => Bun.sleep(0)

test("so many run at a time, so many more wait, and the next is told that we are busy", async () => {
  const { enter } = createGate(2, 2)
  const levers = [lever(), lever(), lever(), lever()]
  const entered = levers.map(({ act }) => enter(act))
  expect(levers.map(({ isRunning }) => isRunning())).toEqual([true, true, false, false])
  expect(await refusal(() => enter(async () => {}))).toBe("request.busy")
  levers[1]?.end()
  await settle()
  expect(levers.map(({ isRunning }) => isRunning())).toEqual([true, true, true, false])
  const late = lever()
  entered.push(enter(late.act))
  expect(await refusal(() => enter(async () => {}))).toBe("request.busy")
  for (const { end } of [...levers, late]) end()
  await Promise.all(entered)
})

test("what fails makes room as what succeeds does, and its failure is its caller's", async () => {
  const { enter } = createGate(1, 1)
  const [first, second] = [lever(), lever()]
  const failing = enter(first.act)
  const waiting = enter(second.act)
  first.fail()
  expect(failing).rejects.toThrow("failed")
  await settle()
  expect(second.isRunning()).toBe(true)
  second.end()
  await waiting
  const throwing = () => {
    throw new Error("at once")
  }
  expect(enter(throwing)).rejects.toThrow("at once")
  await settle()
  expect(await enter(async () => "free")).toBe("free")
})

test("nobody overtakes, no more than the width ever run, and all are let in in the end", async () => {
  const acts = fc.array(fc.record({ ms: fc.nat(3), fails: fc.boolean() }), { maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.nat(20), acts, async (width, waiting, acts) => {
      const { enter } = createGate(width, waiting)
      const order: number[] = []
      let running = 0
      let most = 0
      const outcomes = await Promise.all(
        acts.map(({ ms, fails }, index) =>
          enter(async () => {
            order.push(index)
            most = Math.max(most, ++running)
            for (let turn = 0; turn < ms; turn++) await null
            running--
            if (fails) throw new Error("failed")
          }).catch((error: Error) => error.message),
        ),
      )
      expect(most).toBeLessThanOrEqual(width)
      expect(running).toBe(0)
      expect(order).toEqual(order.toSorted((a, b) => a - b))
      expect(order).toHaveLength(Math.min(acts.length, width + waiting))
      expect(outcomes.filter((outcome) => outcome === "request.busy")).toHaveLength(acts.length - order.length)
      expect(await enter(async () => "free")).toBe("free")
    }),
    { numRuns: 200, ...seeded },
  )
})

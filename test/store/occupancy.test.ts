import { expect, test } from "bun:test"
import { Fault } from "../../src/faults.ts"
import { type Occupation, occupy } from "../../src/store/sqlite/occupancy.ts"
import { folder } from "./places.ts"

function refused(file: string, how: Occupation): string | null {
  try {
    occupy(file, how)[Symbol.dispose]()
    return null
  } catch (thrown) {
    return Fault.from(thrown).code
  }
}

const module = new URL("../../src/store/sqlite/occupancy.ts", import.meta.url).pathname

/** Another process that has the database open. */
async function elsewhere(file: string, how: Occupation) {
  const code = `const { occupy } = await import(${JSON.stringify(module)})
    globalThis.held = occupy(${JSON.stringify(file)}, "${how}"); console.log("held"); setInterval(() => {}, 1000)`
  const child = Bun.spawn([process.execPath, "-e", code], { stdout: "pipe" })
  await child.stdout.getReader().read()
  return child
}

test("many may use a database, one of them may copy it, and nobody may have it alone meanwhile", async () => {
  await using where = await folder()
  const [first, second] = [occupy(where.file, "shared"), occupy(where.file, "shared")]
  expect(refused(where.file, "alone")).toBe("store.occupied")
  const copying = occupy(where.file, "copying")
  expect(refused(where.file, "copying")).toBe("backup.busy")
  expect(refused(where.file, "shared")).toBeNull()
  for (const one of [first, second]) one[Symbol.dispose]()
  expect(refused(where.file, "alone")).toBe("store.occupied")
  copying[Symbol.dispose]()
  expect(refused(where.file, "alone")).toBeNull()
})

test("who has it alone keeps everybody out", async () => {
  await using where = await folder()
  using _alone = occupy(where.file, "alone")
  for (const how of ["shared", "alone"] as const) expect(refused(where.file, how)).toBe("store.occupied")
  expect(refused(where.file, "copying")).toBe("backup.busy")
})

test("it holds between processes, and ends with a process however that ends", async () => {
  await using where = await folder()
  for (const how of ["shared", "copying", "alone"] as const) {
    const child = await elsewhere(where.file, how)
    expect(refused(where.file, "alone")).toBe("store.occupied")
    child.kill("SIGKILL")
    await child.exited
    expect(refused(where.file, "alone")).toBeNull()
  }
})

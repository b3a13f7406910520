import { Database } from "bun:sqlite"
import { describe, expect, test } from "bun:test"
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Circumstances, freePort, freshFolder, launch, spawn } from "./process.ts"
import { mount } from "./tmpfs.ts"

/** The data folder as the program finds it. */

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)

/** Starts it where it cannot start. What it says must be for people: a sentence, and nothing of its inside. */
async function failure(circumstances: Circumstances): Promise<{ code: number; said: string }> {
  const { child, exited, stderr } = spawn(circumstances)
  const giveUp = setTimeout(() => child.kill("SIGKILL"), 10_000)
  const code = await exited
  clearTimeout(giveUp)
  const said = stderr()
  expect(said).toMatch(/\[error\] [A-Z].+\./)
  expect(said).not.toMatch(/^\s+at |\$bunfs|\.ts:\d/m)
  return { code, said }
}

test("is made for its owner alone, with everything in it, whatever the umask", async () => {
  const parent = freshFolder()
  const dataDir = join(parent, "deep", "down")
  {
    await using mediator = await launch({ dataDir, cwd: parent, before: "umask 000" })
    expect(modeOf(mediator.dataDir)).toBe("700")
    const files = readdirSync(dataDir)
    expect(files).toContain("identity.json")
    expect(files).toContain("restante.db-wal")
    for (const file of files) expect([file, modeOf(join(dataDir, file))]).toEqual([file, "600"])
  }
  rmSync(parent, { recursive: true })
})

describe("with a file in it called restante.db", () => {
  const withFile = async (make: (path: string) => void) => {
    const dataDir = freshFolder()
    const path = join(dataDir, "restante.db")
    make(path)
    const before = await Bun.file(path)
      .bytes()
      .catch(() => null)
    const outcome = await failure({ dataDir })
    if (before) expect(await Bun.file(path).bytes()).toEqual(before)
    rmSync(dataDir, { recursive: true })
    return outcome
  }

  test("that belongs to another program: exit 65, and it is not touched", async () => {
    const { code, said } = await withFile((path) => {
      const other = new Database(path)
      other.run("CREATE TABLE theirs (x)")
      other.close()
    })
    expect(code).toBe(65)
    expect(said).toContain("another program")
  })

  test("that is no database: exit 65, and what to do", async () => {
    const { code, said } = await withFile((path) => writeFileSync(path, "Dear diary, ".repeat(1_000)))
    expect(code).toBe(65)
    expect(said).toContain("backup")
  })

  test("that is a folder: exit 65", async () => {
    expect((await withFile((path) => mkdirSync(path))).code).toBe(65)
  })
})

test("with a database whose beginning was damaged: exit 65, and what is the matter", async () => {
  const dataDir = freshFolder()
  await (await launch({ dataDir }))[Symbol.asyncDispose]()
  const path = join(dataDir, "restante.db")
  const bytes = await Bun.file(path).bytes()
  writeFileSync(path, bytes.fill(0xee, 100, 4_000))
  const { code, said } = await failure({ dataDir })
  expect(code).toBe(65)
  expect(said).toContain("damaged")
  rmSync(dataDir, { recursive: true })
})

test("with an identity that cannot be read: exit 78, and no new one is made", async () => {
  const dataDir = freshFolder()
  writeFileSync(join(dataDir, "identity.json"), '{"half": ')
  const { code, said } = await failure({ dataDir })
  expect(code).toBe(78)
  expect(said).toContain("identity.json")
  expect(await Bun.file(join(dataDir, "identity.json")).text()).toBe('{"half": ')
  rmSync(dataDir, { recursive: true })
})

test("that is a file: exit 73", async () => {
  const parent = freshFolder()
  const dataDir = join(parent, "file")
  writeFileSync(dataDir, "")
  expect((await failure({ dataDir, cwd: parent })).code).toBe(73)
  rmSync(parent, { recursive: true })
})

describe("that is read-only", () => {
  const disk = mount("1m")
  test.skipIf(!disk)("and empty: exit 73", async () => {
    using folder = mount("1m")
    folder?.readOnly()
    const { code, said } = await failure({ dataDir: folder?.path ?? "", cwd: "/" })
    expect(code).toBe(73)
    expect(said).toContain(folder?.path ?? "")
  })

  test.skipIf(!disk)(
    "and was used before: exit 73 or 74, not 65, because nothing is wrong with the database",
    async () => {
      using folder = mount("8m")
      const port = await freePort()
      await (await launch({ dataDir: folder?.path ?? "", port }))[Symbol.asyncDispose]()
      folder?.readOnly()
      const { code, said } = await failure({ dataDir: folder?.path ?? "", cwd: "/", port })
      expect([73, 74]).toContain(code)
      expect(said).toContain(folder?.path ?? "")
    },
  )
  disk?.[Symbol.dispose]()
})

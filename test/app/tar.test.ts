import { expect, test } from "bun:test"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pack, textMember, unpack } from "../../src/app/backup/tar.ts"
import { Fault } from "../../src/faults.ts"

const AT = Date.UTC(2026, 10, 22, 8, 15, 30)
const files = { "first.json": "{}", "second.txt": "x".repeat(512), "third.db": "y".repeat(3000), empty: "" }
const members = () => Object.entries(files).map(([name, text]) => textMember(name, text))
const packed = async () => Buffer.concat(await Array.fromAsync(pack(members(), AT)))

/** What is in an archive that comes in pieces of so many bytes. */
async function read(archive: Uint8Array, piece = 700): Promise<Record<string, string>> {
  const pieces = Array.from({ length: Math.ceil(archive.byteLength / piece) }, (_, at) =>
    archive.subarray(at * piece, (at + 1) * piece),
  )
  const found: Record<string, string> = {}
  for await (const { name, content } of unpack(pieces)) {
    found[name] = Buffer.concat(await Array.fromAsync(content)).toString()
  }
  return found
}

test("what was packed comes out again, whatever the pieces it comes in", async () => {
  const archive = await packed()
  for (const piece of [1, 511, 512, 513, 100_000]) expect(await read(archive, piece)).toEqual(files)
})

test("tar itself opens it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "restante-tar-"))
  writeFileSync(join(folder, "a.tar"), await packed())
  const { exitCode, stderr } = Bun.spawnSync(["tar", "xf", "a.tar"], { cwd: folder })
  expect([exitCode, stderr.toString()]).toEqual([0, ""])
  for (const [name, text] of Object.entries(files)) expect(readFileSync(join(folder, name), "utf8")).toBe(text)
  rmSync(folder, { recursive: true })
})

test("a member of more than eight gigabytes keeps its size", async () => {
  const bytes = 9 * 1024 ** 3
  const { value: header } = await pack([{ name: "large", bytes, content: [] }], AT).next()
  const folder = mkdtempSync(join(tmpdir(), "restante-tar-"))
  writeFileSync(join(folder, "a.tar"), header ?? "")
  expect(Bun.spawnSync(["tar", "tvf", "a.tar"], { cwd: folder }).stdout.toString()).toContain(` ${bytes} `)
  rmSync(folder, { recursive: true })
  const { value: member } = await unpack([header ?? new Uint8Array()]).next()
  expect(member?.bytes).toBe(bytes)
})

test("a member that nobody looks at is passed over", async () => {
  const names: string[] = []
  for await (const { name } of unpack([await packed()])) names.push(name)
  expect(names).toEqual(Object.keys(files))
})

test("an archive that ends anywhere before its end is refused", async () => {
  const archive = await packed()
  for (let end = 0; end < archive.byteLength; end += 101) {
    const [outcome] = await Promise.allSettled([read(archive.subarray(0, end))])
    const code = outcome?.status === "rejected" ? Fault.from(outcome.reason).code : JSON.stringify(outcome)
    expect([end, code]).toEqual([end, "backup.damaged"])
  }
})

import { expect, test } from "bun:test"
import { dirname, join, relative } from "node:path"
import { Glob } from "bun"

/** The rooms of src and what each may import besides itself: docs/architecture.md shows the same table. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  base: [],
  faults: [],
  wire: ["base", "faults"],
  config: ["base", "faults"],
  crypto: ["base", "faults"],
  did: ["base", "faults", "crypto"],
  mailbox: ["base", "faults"],
  notify: ["base", "faults", "crypto", "did", "mailbox"],
  store: ["base", "faults", "mailbox"],
  didcomm: ["base", "faults", "wire", "crypto", "did", "mailbox"],
  decentrl: ["base", "faults", "wire", "crypto", "did", "mailbox"],
  transport: ["base", "faults", "wire"],
  admin: ["base", "faults", "mailbox"],
  app: [
    "base",
    "faults",
    "wire",
    "config",
    "crypto",
    "did",
    "mailbox",
    "notify",
    "store",
    "didcomm",
    "decentrl",
    "transport",
    "admin",
  ],
  cli: ["app", "config", "base", "faults"],
  main: ["cli"],
}

/** The parts of the admin pages in web, likewise; `edge` is what lies in web itself. */
const parts: Readonly<Record<string, readonly string[]>> = {
  router: [],
  icons: [],
  api: [],
  kit: ["api", "icons", "router"],
  people: ["api", "icons", "kit", "router"],
  plots: ["api", "icons", "kit", "router"],
  screens: ["api", "icons", "kit", "people", "plots", "router"],
  edge: ["api", "icons", "kit", "router", "screens"],
}

const root = join(import.meta.dir, "..")
const src = join(root, "src")
const web = join(root, "web")
const files = [...new Glob("**/*.ts").scanSync(src)].filter((file) => !file.endsWith(".d.ts"))
/** What runs in the browser; the other files of web build that. */
const pages = [...new Glob("**/*.{ts,tsx}").scanSync(web)].filter((file) => !/^(?:build|pack|embedded)\.ts$/.test(file))
const read = (file: string) => Bun.file(join(src, file)).text()

// A regular expression, because scanners of imports leave out those that are only types.
const importsOf = (code: string) =>
  [...code.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']/g)].map(([, path = ""]) => path)
const roomOf = (file: string) => file.replace(/\.ts$/, "").split("/")[0] ?? ""

test("a room imports only what the table allows", async () => {
  const wrong: string[] = []
  for (const file of files) {
    for (const path of importsOf(await read(file)).filter((path) => path.startsWith("."))) {
      const target = relative(src, join(src, dirname(file), path))
      if (target.startsWith("..")) continue
      const [from, to] = [roomOf(file), roomOf(target)]
      if (from !== to && !rooms[from]?.includes(to)) wrong.push(`${file} imports ${target}`)
    }
  }
  expect(wrong).toEqual([])
})

test("only package.json, the landing page's style and the built admin pages come from outside src", async () => {
  const outside = new Set<string>()
  for (const file of files) {
    for (const path of importsOf(await read(file)).filter((path) => path.startsWith("."))) {
      const target = relative(root, join(src, dirname(file), path))
      if (!target.startsWith("src/")) outside.add(target)
    }
  }
  expect([...outside].sort()).toEqual(["package.json", "web/embedded.ts", "web/landing.css"])
})

test("the admin pages import downwards, and of src nothing but the API's types", async () => {
  const wrong: string[] = []
  const partOf = (file: string) => (file.includes("/") ? file.split("/")[0] : file === "router.ts" ? "router" : "edge")
  for (const file of pages) {
    const code = await Bun.file(join(web, file)).text()
    for (const path of importsOf(code).filter((path) => path.startsWith("."))) {
      const target = relative(web, join(web, dirname(file), path))
      const [from = "", to = ""] = [partOf(file), partOf(target)]
      const isAllowed = target.startsWith("..")
        ? target.startsWith("../src/admin/") && new RegExp(`import type [^;]*? from "${path}"`).test(code)
        : from === to || parts[from]?.includes(to)
      if (!isAllowed) wrong.push(`${file} imports ${target}`)
    }
  }
  expect(wrong).toEqual([])
})

test("every room is in the table, and every room in the table is lived in", () => {
  expect([...new Set(files.map(roomOf))].sort()).toEqual(Object.keys(rooms).sort())
})

test("packages are named exactly, and each one is used", async () => {
  const { dependencies, devDependencies } = await Bun.file(join(root, "package.json")).json()
  for (const version of Object.values<string>({ ...dependencies, ...devDependencies })) {
    expect(version).toMatch(/^\d+\.\d+\.\d+$/)
  }
  const used = new Set<string>()
  for (const file of [...files.map((file) => join(src, file)), ...pages.map((file) => join(web, file))]) {
    for (const path of importsOf(await Bun.file(file).text())) {
      used.add(
        path
          .split("/")
          .slice(0, path.startsWith("@") ? 2 : 1)
          .join("/"),
      )
    }
  }
  expect(Object.keys(dependencies).filter((name) => !used.has(name))).toEqual([])
  expect(Object.keys(devDependencies).filter((name) => used.has(name))).toEqual([])
})

test("time and chance come in as arguments outside base", async () => {
  const banned = /\b(?:Date\.now|Math\.random|crypto\.randomUUID|setTimeout|setInterval)\b|new Date\(\)/
  const wrong: string[] = []
  for (const file of files) if (!file.startsWith("base/") && banned.test(await read(file))) wrong.push(file)
  expect(wrong).toEqual([])
})

test("no file is longer than 400 lines, and half of them are at most 120", async () => {
  const lengths = await Promise.all(files.map(async (file) => (await read(file)).split("\n").length))
  lengths.sort((a, b) => a - b)
  expect(lengths.at(-1)).toBeLessThanOrEqual(400)
  expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThanOrEqual(120)
})

test("nothing in src turns text into code", async () => {
  const wrong: string[] = []
  for (const file of files) if (/\beval\(|new Function\(/.test(await read(file))) wrong.push(file)
  expect(wrong).toEqual([])
})

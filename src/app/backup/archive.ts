/** A backup's file: a tar archive of a manifest and what it lists, sealed with a passphrase where there is one. */

import { createHash } from "node:crypto"
import { closeSync, fsyncSync, openSync, readSync, statSync, writeSync } from "node:fs"
import * as v from "valibot"
import { fromUtf8 } from "../../base/bytes.ts"
import type { Random } from "../../base/random.ts"
import { isSealed, openStream, sealStream } from "../../crypto/passphrase.ts"
import { Fault } from "../../faults.ts"
import { damaged, type Member, pack, textMember, unpack } from "./tar.ts"

export const DATABASE = "restante.db"
/** What else lies in the data folder and is kept. */
export const BESIDE = ["identity.json", "settings.toml"] as const
export type FileName = typeof DATABASE | (typeof BESIDE)[number]

const MANIFEST = "manifest.json"
/** As `sha256sum -c` reads it: the manifest vouches for the files, and this for the manifest. */
const VOUCHER = "manifest.json.sha256"
const PIECE = 1024 * 1024
const MOST_TEXT = 1024 * 1024

const amount = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const manifest = v.object({
  version: v.literal(1),
  /** The version of restante that made it. */
  restante: v.string(),
  at: amount,
  /** Whose backup it is. */
  dids: v.array(v.string()),
  schema: amount,
  messages: amount,
  registrations: amount,
  files: v.pipe(
    v.array(v.object({ name: v.picklist([DATABASE, ...BESIDE]), bytes: amount, sha256: v.string() })),
    v.check((files) => new Set(files.map(({ name }) => name)).size === files.length),
    v.check((files) => files.some(({ name }) => name === DATABASE)),
  ),
})
export type Manifest = v.InferOutput<typeof manifest>

/** A file's bytes, a megabyte at a time. */
export function* piecesOf(path: string): Generator<Uint8Array, void> {
  const file = openSync(path, "r")
  using _file = { [Symbol.dispose]: () => closeSync(file) }
  for (;;) {
    const buffer = Buffer.allocUnsafe(PIECE)
    const length = readSync(file, buffer)
    if (length === 0) return
    yield buffer.subarray(0, length)
  }
}

/** Size and SHA-256 of a file. */
export function fingerprint(path: string): { bytes: number; sha256: string } {
  const hash = createHash("sha256")
  for (const piece of piecesOf(path)) hash.update(piece)
  return { bytes: statSync(path).size, sha256: hash.digest("hex") }
}

/** Writes the archive of `manifest` and the files it lists, which are in `folder`; on disk when it resolves. */
export async function writeArchive(
  path: string,
  given: { manifest: Manifest; pathOf: (name: FileName) => string; passphrase: string | null },
  ports: { random: Random },
): Promise<void> {
  const { manifest, pathOf, passphrase } = given
  const files = manifest.files.map(({ name, bytes }): Member => ({ name, bytes, content: piecesOf(pathOf(name)) }))
  const text = `${JSON.stringify(manifest, null, 2)}\n`
  const first = [textMember(MANIFEST, text), textMember(VOUCHER, voucherFor(text))]
  const plain = pack([...first, ...files], manifest.at)
  const file = openSync(path, "wx", 0o600)
  using _file = { [Symbol.dispose]: () => closeSync(file) }
  for await (const piece of passphrase === null ? plain : sealStream(plain, passphrase, ports)) write(file, piece)
  fsyncSync(file)
}

/** All of it: a disk that is nearly full takes less at a time. */
function write(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.byteLength; ) at += writeSync(file, bytes, at)
}

/**
 * Reads all of the archive at `path`, and sees that it holds what its manifest says. `into`: where to write which file,
 * whose name must be free; null leaves it out. Faults: backup.damaged, backup.passphrase.
 */
export async function readArchive(
  path: string,
  { passphrase, into = () => null }: { passphrase: string | null; into?: (name: FileName) => string | null },
): Promise<Manifest> {
  const members = unpack(isSealed(startOf(path)) ? unsealed(path, passphrase) : piecesOf(path))
  const text = await readText(await members.next(), MANIFEST)
  if ((await readText(await members.next(), VOUCHER)) !== voucherFor(text)) throw damaged("its manifest was changed")
  const described = parseManifest(text)
  for (const expected of described.files) {
    const { done, value: member } = await members.next()
    if (done || member.name !== expected.name || member.bytes !== expected.bytes) {
      throw damaged(`${expected.name} is missing from it or has another size`)
    }
    if (expected.name !== DATABASE && member.bytes > MOST_TEXT) throw damaged(`${expected.name} is too large`)
    if ((await take(member, into(expected.name))) !== expected.sha256) throw damaged(`${expected.name} was changed`)
  }
  if (!(await members.next()).done) throw damaged("it holds more than its manifest says")
  return described
}

/** Whether it takes a passphrase to read this file. */
export const needsPassphrase = (path: string): boolean => isSealed(startOf(path))

function startOf(path: string): Uint8Array {
  const file = openSync(path, "r")
  using _file = { [Symbol.dispose]: () => closeSync(file) }
  const start = Buffer.alloc(64)
  return start.subarray(0, readSync(file, start))
}

// The passphrase is what is wrong when not even the first chunk opens.
async function* unsealed(path: string, passphrase: string | null): AsyncGenerator<Uint8Array, void> {
  if (passphrase === null) throw new Fault("backup.passphrase", { detail: "no passphrase was given" })
  let isOpen = false
  try {
    for await (const piece of openStream(piecesOf(path), passphrase)) {
      isOpen = true
      yield piece
    }
  } catch (thrown) {
    if (!(thrown instanceof Fault) || thrown.code !== "sealed.unreadable") throw thrown
    throw isOpen ? damaged("it was changed or is cut short") : new Fault("backup.passphrase", { cause: thrown })
  }
}

const voucherFor = (text: string): string => `${createHash("sha256").update(text).digest("hex")}  ${MANIFEST}\n`

async function readText({ value: member }: IteratorResult<Member, void>, name: string): Promise<string> {
  if (member?.name !== name) throw damaged("it does not begin with a manifest")
  if (member.bytes > MOST_TEXT) throw damaged("its manifest is too large")
  return fromUtf8(Buffer.concat(await Array.fromAsync(member.content))) ?? ""
}

function parseManifest(text: string): Manifest {
  const outcome = v.safeParse(v.pipe(v.string(), v.parseJson(), manifest), text)
  if (!outcome.success) throw damaged("its manifest is not one that this version understands")
  return outcome.output
}

/** The SHA-256 of what is in it. */
async function take({ content }: Member, path: string | null): Promise<string> {
  const hash = createHash("sha256")
  const file = path === null ? null : openSync(path, "wx", 0o600)
  using _file = { [Symbol.dispose]: () => file !== null && closeSync(file) }
  for await (const piece of content) {
    hash.update(piece)
    if (file !== null) write(file, piece)
  }
  if (file !== null) fsyncSync(file)
  return hash.digest("hex")
}

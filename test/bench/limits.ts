/**
 * The primitives that no mediator can avoid, each by itself in its cheapest form that this platform has, as µs of CPU
 * (all threads of the process) per operation. `bun limits.ts '{"plaintext":2000,"letter":1500,"batch":20}'`
 */

import { Database } from "bun:sqlite"
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hash,
  type JsonWebKeyInput,
  randomBytes,
  sign,
  verify,
} from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { aeskw } from "@noble/ciphers/aes.js"

export type Sizes = {
  /** Bytes inside a forward's envelope, of the letter that is stored, and inside a delivery of ten. */
  readonly plaintext: number
  readonly letter: number
  readonly delivery: number
  /** Messages in one commit, as observed under load. */
  readonly batch: number
}

export type Limits = {
  /** Import of an ephemeral public key and X25519 with a private key that is at hand. */
  readonly agree: number
  readonly mintKey: number
  /** An Ed25519 signature over 2 KB. */
  readonly verify: number
  readonly kdf: number
  readonly unwrap: number
  readonly open: number
  readonly openSmall: number
  readonly sealSmall: number
  readonly sealDelivery: number
  /** One message into a table with one index, with its share of the commit. */
  readonly insert: number
  /** The same as wall time: what the disk allows. */
  readonly insertWall: number
  readonly readTen: number
  readonly deleteTen: number
}

const SLICES = 5
const SLICE_MS = 60
const SMALL = 500

/** The median of several slices, µs of CPU per operation. */
async function cost(act: () => unknown): Promise<number> {
  const slices: number[] = []
  for (let slice = 0; slice <= SLICES; slice++) {
    const cpu = process.cpuUsage()
    const end = performance.now() + SLICE_MS
    let times = 0
    for (; performance.now() < end; times++) {
      const done = act()
      if (done instanceof Promise) await done
    }
    const { user, system } = process.cpuUsage(cpu)
    // The first is for the compiler.
    if (slice > 0) slices.push((user + system) / times)
  }
  return slices.sort((a, b) => a - b)[SLICES >> 1] ?? Number.NaN
}

const own = generateKeyPairSync("x25519").privateKey
const strangers = Array.from({ length: 64 }, () => generateKeyPairSync("x25519").publicKey.export({ format: "jwk" }))
const kek = randomBytes(32)
const cek = randomBytes(64)
const iv = randomBytes(16)
const header = randomBytes(600)
const wrapped = aeskw(kek).encrypt(cek)

const signer = generateKeyPairSync("ed25519")
const signed = randomBytes(2_000)
const signature = sign(null, signed, signer.privateKey)

let turn = 0
const stranger = () => strangers[turn++ & 63] as JsonWebKeyInput["key"]
const agree = () => diffieHellman({ privateKey: own, publicKey: createPublicKey({ key: stranger(), format: "jwk" }) })

// One at a time the event loop's turns would count, so some are under way together.
async function unwrapSome() {
  const one = async () => {
    const key = await crypto.subtle.importKey("raw", kek, "AES-KW", false, ["unwrapKey"])
    const hmac = { name: "HMAC", hash: "SHA-512" }
    const content = await crypto.subtle.unwrapKey("raw", new Uint8Array(wrapped), key, "AES-KW", hmac, true, ["sign"])
    await crypto.subtle.exportKey("raw", content)
  }
  await Promise.all(Array.from({ length: 32 }, one))
}

function tagOf(ciphertext: Uint8Array): Uint8Array {
  return createHmac("sha512", cek.subarray(0, 32)).update(header).update(iv).update(ciphertext).digest()
}
function seal(plaintext: Uint8Array): Uint8Array {
  const cipher = createCipheriv("aes-256-cbc", cek.subarray(32), iv)
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
  tagOf(ciphertext)
  return ciphertext
}
const opener = (bytes: number) => {
  const ciphertext = seal(randomBytes(bytes))
  return () => {
    tagOf(ciphertext)
    const decipher = createDecipheriv("aes-256-cbc", cek.subarray(32), iv)
    decipher.update(ciphertext)
    decipher.final()
  }
}
const sealer = (bytes: number) => {
  const plaintext = randomBytes(bytes)
  return () => seal(plaintext)
}

/** A table as small as one can be, with the settings of the store: WAL, every commit fsynced, pages of 8 KiB. */
async function disk({ letter, batch }: Sizes) {
  const folder = mkdtempSync(join(tmpdir(), "restante-bench-"))
  const db = new Database(join(folder, "limit.db"))
  for (const pragma of ["page_size = 8192", "journal_mode = WAL", "synchronous = FULL", "wal_autocheckpoint = 4000"]) {
    db.run(`PRAGMA ${pragma}`)
  }
  db.run("CREATE TABLE message (seq INTEGER PRIMARY KEY, mailbox INTEGER NOT NULL, content TEXT NOT NULL) STRICT")
  db.run("CREATE INDEX waiting ON message (mailbox, seq)")
  const insert = db.query("INSERT INTO message (mailbox, content) VALUES (?1, ?2)")
  const ten = db.query<{ seq: number; content: string }, [number]>(
    // A bare ?1 beside LIMIT is looked at, and the statement prepared anew each time.
    "SELECT seq, content FROM message WHERE mailbox = (?1 + 0) ORDER BY seq LIMIT 10",
  )
  const drop = db.query("DELETE FROM message WHERE seq = ?1")
  const content = randomBytes(letter).toString("base64url").slice(0, letter)
  let mailbox = 0
  const group = (act: () => unknown) => () => {
    db.run("BEGIN IMMEDIATE")
    for (let at = 0; at < batch; at++) act()
    db.run("COMMIT")
  }
  const fill = group(() => insert.run(mailbox++ % 100, content))

  const start = performance.now()
  let groups = 0
  const counted = () => {
    groups++
    fill()
  }
  const insertCost = (await cost(counted)) / batch
  const insertWall = ((performance.now() - start) * 1000) / (groups * batch)
  const readTen = await cost(() => ten.all(mailbox++ % 100))
  const rows = db.query<{ n: number }, []>("SELECT count(*) AS n FROM message").get()?.n ?? 0
  const empty = group(() => {
    for (const { seq } of ten.all(mailbox++ % 100)) drop.run(seq)
  })
  const cpu = process.cpuUsage()
  // Half of them, so that every group finds ten.
  const tens = Math.floor(rows / 20)
  for (let at = 0; at < tens; at += batch) empty()
  const { user, system } = process.cpuUsage(cpu)
  const deleteTen = (user + system) / tens - readTen
  db.close()
  rmSync(folder, { recursive: true })
  return { insert: insertCost, insertWall, readTen, deleteTen: Math.max(0, deleteTen) }
}

const sizes: Sizes = JSON.parse(process.argv[2] ?? "{}")
const limits: Limits = {
  agree: await cost(agree),
  mintKey: await cost(() => generateKeyPairSync("x25519").privateKey.export({ format: "jwk" })),
  verify: await cost(() => verify(null, signed, signer.publicKey, signature)),
  kdf: await cost(() => hash("sha256", header.subarray(0, 120), "buffer")),
  unwrap: Math.min((await cost(unwrapSome)) / 32, await cost(() => aeskw(kek).decrypt(wrapped))),
  open: await cost(opener(sizes.plaintext)),
  openSmall: await cost(opener(SMALL)),
  sealSmall: await cost(sealer(SMALL)),
  sealDelivery: await cost(sealer(sizes.delivery)),
  ...(await disk(sizes)),
}
process.stdout.write(JSON.stringify(limits))

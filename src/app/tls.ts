import { createPrivateKey, X509Certificate } from "node:crypto"
import { readFileSync, statSync } from "node:fs"
import { createSecureContext } from "node:tls"
import type { Clock } from "../base/clock.ts"
import type { Log } from "../base/log.ts"
import type { Settings } from "../config/schema.ts"
import { Fault } from "../faults.ts"

const LOOK_EVERY_MS = 10_000
const DAY_MS = 86_400_000
/** From so many days before its end on, a certificate is warned about: whatever renews it should have done so by then. */
const WARN_DAYS = 10

/** A certificate with its chain, and its key, both PEM. */
export type Pair = { readonly cert: string; readonly key: string }

export type Tls = {
  /** What is served with at present. */
  pair(): Pair
  /** When its certificate expires, epoch ms. */
  expiresAt(): number
  /** How often a new pair was taken, and how often one was refused because it cannot be used. */
  readonly renewals: { taken: number; refused: number }
  /** Looks at the files now, whether they seem changed or not. */
  reload(): void
  /** Calls `swap` whenever there is a new pair, until disposed. */
  watch(swap: () => void): Disposable
}

type Files = Pick<Settings["server"], "tls" | "tls_cert" | "tls_key">
type Loaded = Pair & { readonly expiresAt: number }

/** The certificate that the settings name, or null with TLS off. Fault tls.unusable when it cannot be used. */
export function openTls(files: Files, { clock, log }: { clock: Clock; log: Log }): Tls | null {
  if (files.tls === "off") return null
  let mark = markOf(files)
  let current = loadPair(files)
  let swap = () => {}
  const renewals = { taken: 0, refused: 0 }
  tell()
  warnOfMode()

  function tell(): void {
    const days = Math.floor((current.expiresAt - clock.now()) / DAY_MS)
    const fields = { file: files.tls_cert, until: new Date(current.expiresAt).toISOString(), days }
    if (days < 0) log.error("tls.expired", fields)
    else if (days < WARN_DAYS) log.warn("tls.expires_soon", fields)
    else log.info("tls.certificate", fields)
  }

  function warnOfMode(): void {
    // Groups are for the operator to fill; secrets of containers are often readable for theirs.
    if ((statSync(files.tls_key).mode & 0o007) === 0) return
    log.warn("tls.key_readable", { file: files.tls_key, advice: "other users can read the key: chmod o= it" })
  }

  function reload(): void {
    mark = markOf(files)
    try {
      const next = loadPair(files)
      if (next.cert === current.cert && next.key === current.key) return
      current = next
      renewals.taken++
      swap()
      tell()
      warnOfMode()
    } catch (thrown) {
      renewals.refused++
      const until = new Date(current.expiresAt).toISOString()
      log.error("tls.kept_old", { reason: Fault.from(thrown).detail, until })
    }
  }

  return {
    pair: () => ({ cert: current.cert, key: current.key }),
    expiresAt: () => current.expiresAt,
    renewals,
    reload,
    watch(act) {
      swap = act
      const looks = clock.every(LOOK_EVERY_MS, () => {
        if (markOf(files) !== mark) reload()
      })
      const days = clock.every(DAY_MS, tell)
      return {
        [Symbol.dispose]() {
          looks[Symbol.dispose]()
          days[Symbol.dispose]()
        },
      }
    },
  }
}

/** What is in the files, if it can be served with. Fault tls.unusable. */
export function loadPair({ tls_cert, tls_key }: Files): Loaded {
  const cert = read(tls_cert, "server.tls_cert")
  const key = read(tls_key, "server.tls_key")
  try {
    const leaf = new X509Certificate(cert)
    if (!leaf.checkPrivateKey(createPrivateKey(key))) throw new Error("the key is not the certificate's")
    // Also looks at the chain behind the certificate, as the server will.
    createSecureContext({ cert, key })
    return { cert, key, expiresAt: leaf.validToDate.getTime() }
  } catch (cause) {
    throw unusable(`${tls_cert} with ${tls_key}: ${reason(cause)}`, cause)
  }
}

function read(path: string, setting: string): string {
  if (path === "") throw unusable(`${setting} names no file`)
  try {
    return readFileSync(path, "utf8")
  } catch (cause) {
    throw unusable(`${setting}: ${reason(cause)}`, cause)
  }
}

/** Changes when one of the files does; links are followed, because renewals move them. */
const markOf = ({ tls_cert, tls_key }: Files): string =>
  [tls_cert, tls_key]
    .map((path) => {
      try {
        const { ino, size, mtimeMs } = statSync(path)
        return `${ino} ${size} ${mtimeMs}`
      } catch (thrown) {
        // A renewal may close the folder to us for a moment: that is told when the files are read.
        return reason(thrown)
      }
    })
    .join()

const reason = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
const unusable = (detail: string, cause?: unknown) => new Fault("tls.unusable", { detail, cause })

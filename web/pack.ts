import { brotliCompressSync, constants, gzipSync } from "node:zlib"
import type { Asset } from "../src/admin/pages.ts"

/** A file of the pages, compressed in both ways that browsers take. */
export function pack(path: string, type: string, bytes: Uint8Array): Asset {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.byteLength }
  return {
    path,
    type,
    gzip: Uint8Array.from(gzipSync(bytes, { level: 9 })),
    brotli: Uint8Array.from(brotliCompressSync(bytes, { params })),
  }
}

/** The assets as the source of a module that stands in for embedded.ts in the executable: unpacked when first asked for. */
export function moduleOf(assets: readonly Asset[]): string {
  const base64 = (bytes: Uint8Array) => bytes.toBase64()
  const packed = assets.map((one) => ({ ...one, gzip: base64(one.gzip), brotli: base64(one.brotli) }))
  return `let assets
const bytes = (text) => Uint8Array.fromBase64(text)
const unpack = () => ${JSON.stringify(packed)}.map((one) => ({ ...one, gzip: bytes(one.gzip), brotli: bytes(one.brotli) }))
export const loadPages = async () => (assets ??= unpack())`
}

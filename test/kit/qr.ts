/** Reads a QR code as a camera would, from its modules (ISO/IEC 18004). Shares nothing with what draws them. */

/** Data codewords of versions 1 to 5 at level L, whose codewords are in one block: they need no sorting. */
const CODEWORDS = [19, 34, 55, 80, 108]
const BYTES = 0b0100
const FORMAT_MASK = 0b10101

/** What tells a mask's modules to be turned around; x is the column. */
const masks: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
]

/** The text in a small code; `isDark` is asked for each column and row, without the quiet zone. Errors are not mended. */
export function readQr(size: number, isDark: (x: number, y: number) => boolean): string {
  const version = (size - 17) / 4
  const most = CODEWORDS[version - 1]
  if (most === undefined) throw new Error(`a code of ${size} modules is not read here`)
  const format = [0, 1, 2, 3, 4].reduce((sum, x) => sum * 2 + Number(isDark(x, 8)), 0) ^ FORMAT_MASK
  if (format >> 3 !== 1) throw new Error("not of level L")
  const isTurned = masks[format & 0b111]
  const aligned = size - 7
  const isFunction = (x: number, y: number) =>
    (x < 9 && y < 9) ||
    (x >= size - 8 && y < 9) ||
    (x < 9 && y >= size - 8) ||
    x === 6 ||
    y === 6 ||
    (version > 1 && Math.abs(x - aligned) <= 2 && Math.abs(y - aligned) <= 2)

  let bits = ""
  let isUp = true
  for (let right = size - 1; right > 0; right -= right === 8 ? 3 : 2) {
    for (let step = 0; step < size; step++) {
      const y = isUp ? size - 1 - step : step
      for (const x of [right, right - 1]) {
        if (!isFunction(x, y)) bits += Number(isDark(x, y) !== isTurned?.(x, y))
      }
    }
    isUp = !isUp
  }
  const numberAt = (at: number, length: number) => Number.parseInt(bits.slice(at, at + length), 2)
  const length = numberAt(4, 8)
  if (numberAt(0, 4) !== BYTES || length > most) throw new Error("not plain bytes")
  return new TextDecoder().decode(Uint8Array.from({ length }, (_, at) => numberAt(12 + at * 8, 8)))
}

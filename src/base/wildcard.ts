/**
 * Whether `text` fits `pattern`, in which `*` stands for anything and every other character for itself. A stranger's
 * pattern never becomes a regular expression: this takes time in proportion to the text.
 */
export function fits(pattern: string, text: string): boolean {
  const [first = "", ...rest] = pattern.split("*")
  if (rest.length === 0) return text === first
  if (!text.startsWith(first)) return false
  const last = rest.pop() ?? ""
  let at = first.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}

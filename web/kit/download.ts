/** How long the browser may take until it reads a file that was handed to it. */
const READ_MS = 60_000

/** Has the browser save what is at `href`, under the name that the server gives it, or this one. */
export function save(href: string, name = ""): void {
  const link = document.createElement("a")
  link.href = href
  link.download = name
  link.click()
}

/** Hands a file to whoever looks at the page. */
export function saveAs(file: Blob, name: string): void {
  const href = URL.createObjectURL(file)
  save(href, name)
  setTimeout(() => URL.revokeObjectURL(href), READ_MS)
}

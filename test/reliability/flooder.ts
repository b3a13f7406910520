/** A process that floods: posts the line it reads, again and again, until its input ends; then how often each status came. */

import { FLOOD, postFrom } from "./flood.ts"

const [url = "", lanes = ""] = process.argv.slice(2)
const input = Bun.stdin.stream().pipeThrough(new TextDecoderStream()).getReader()
let body = ""
while (!body.endsWith("\n")) body += (await input.read()).value ?? "\n"

const statuses: Record<number, number> = {}
let isOver = false
const lane = async () => {
  while (!isOver) {
    const response = await postFrom(url, FLOOD, body.trimEnd()).catch(() => null)
    await response?.text().catch(() => "")
    if (response) statuses[response.status] = (statuses[response.status] ?? 0) + 1
    await Bun.sleep(1)
  }
}
const flood = Array.from({ length: Number(lanes) }, lane)
process.stdout.write("begun\n")
while (!(await input.read()).done);
isOver = true
await Promise.all(flood)
process.stdout.write(JSON.stringify(statuses))

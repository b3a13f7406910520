/** A thread that comes up and dies of its first call, by an error or by ending itself. */

declare const self: Worker

self.onmessage = ({ data }: MessageEvent<object>) => {
  if ("file" in data) return postMessage("open")
  if (JSON.stringify(data).includes("quit")) process.exit(3)
  throw new Error("the thread is out of order")
}

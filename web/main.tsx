import { render } from "preact"
import { begin } from "./api/begin.ts"
import { followFeed } from "./api/feed.ts"
import { App } from "./app.tsx"

const root = document.getElementById("app")
if (root) render(<App />, root)
followFeed()
void begin()

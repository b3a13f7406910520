import { PageFrame } from "../../kit/page.tsx"
import { Admins } from "./admins.tsx"
import { Own } from "./own.tsx"
import { Sessions } from "./sessions.tsx"
import { Tokens } from "./tokens.tsx"

/** Who may come in here, and with what. */
export const AdminsAndTokens = () => (
  <PageFrame title="Admins & tokens" lead="People sign in with a password; programs have tokens, which can do less.">
    <div class="columns">
      <div class="stack">
        <Admins />
        <Tokens />
      </div>
      <div class="stack">
        <Own />
        <Sessions />
      </div>
    </div>
  </PageFrame>
)

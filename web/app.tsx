import { begin, problem } from "./api/begin.ts"
import { session } from "./api/session.ts"
import { Dialog } from "./kit/dialog.tsx"
import { Lazy } from "./kit/lazy.tsx"
import { Failed } from "./kit/states.tsx"
import { Welcome } from "./kit/welcome.tsx"
import { path, replace, to } from "./router.ts"
import { SignInForm } from "./screens/sign-in.tsx"
import { Shell } from "./shell.tsx"

const setup = () => import("./screens/setup/first-admin.tsx").then((module) => module.FirstAdmin)

/** What is shown depends first on who is there. */
export function App() {
  const now = session.value
  if (problem.value) {
    return (
      <Welcome title="Nobody answers">
        <Failed error={problem.value} retry={begin} />
      </Welcome>
    )
  }
  if (now.kind === "unknown") return null
  // A setup link that was opened again, after there was an admin.
  if (now.kind !== "setup" && path.value[0]?.startsWith("setup=")) replace(to([]))
  if (now.kind === "setup") return <Lazy key="setup" load={setup} />
  if (now.kind === "signed-out") {
    return (
      <Welcome title="Sign in" lead="The desk of this post office.">
        <SignInForm />
      </Welcome>
    )
  }
  return (
    <>
      <Shell />
      {now.kind === "expired" && (
        <Dialog title="Your session has ended" isStubborn onClose={() => {}}>
          <div class="stack">
            <p>Sign in again, and go on where you were. Nothing on this page is lost.</p>
            <SignInForm name={now.me.admin} />
          </div>
        </Dialog>
      )}
    </>
  )
}

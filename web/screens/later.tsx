import { PageFrame } from "../kit/page.tsx"
import { Empty } from "../kit/states.tsx"

/** Stands where a screen is not written yet. */
export const Later = () => (
  <PageFrame title="Not here yet">
    <Empty title="This page is being written">
      <p>Until it is there, the command line and the API do the same.</p>
    </Empty>
  </PageFrame>
)

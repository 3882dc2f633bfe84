import { useEffect } from "preact/hooks";
import { Problem } from "./components/parts.js";
import { Shell } from "./components/shell.js";
import { text } from "./i18n/text.js";
import { Page } from "./pages/page.js";
import { SignIn } from "./pages/sign-in.js";
import { openSession, session } from "./session.js";

/** Whoever is signed in sees the pages; anyone else, the way in. */
export function App() {
  const state = session.value;
  useEffect(() => {
    document.title = "Event Machine";
  }, []);
  switch (state.kind) {
    case "asking":
      return <main class="sign-in">{text().common.loading}</main>;
    case "failed":
      return (
        <main class="sign-in">
          <Problem error={state.error} retry={() => void openSession()} />
        </main>
      );
    case "signed-out":
      return <SignIn />;
    case "signed-in":
      return (
        <Shell>
          <Page />
        </Shell>
      );
  }
}

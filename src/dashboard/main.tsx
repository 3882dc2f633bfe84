import { render } from "preact";
import { App } from "./app.js";
import { runLive } from "./live/live.js";
import { runClock } from "./live/now.js";
import { openSession } from "./session.js";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/parts.css";
import "./styles/pages.css";
import { applyPreferences } from "./preferences.js";

applyPreferences();
runLive();
runClock();
void openSession();
const root = document.getElementById("app");
if (root !== null) render(<App />, root);

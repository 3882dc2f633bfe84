import { PageHead } from "../components/parts.js";
import { text } from "../i18n/text.js";
import { route } from "../router.js";
import { may } from "../session.js";
import { DeadLettersPage } from "./dead-letters.js";
import { FunctionPage } from "./function.js";
import { Functions } from "./functions.js";
import { Overview } from "./overview.js";
import { Reconciliation } from "./reconciliation.js";
import { RegisterFunction } from "./register-function.js";
import { Send } from "./send.js";
import { Settlement } from "./settlement.js";
import { Suspended } from "./suspended.js";
import { TransferPage } from "./transfer.js";
import { Transfers } from "./transfers.js";

/** The page that the address names. */
export function Page() {
  const [place = "", name] = route.value.path;
  switch (place) {
    case "":
      return may("stats:read") ? <Overview /> : <Transfers />;
    case "transfers":
      return name === undefined ? <Transfers /> : <TransferPage key={name} id={name} />;
    case "send":
      return <Send />;
    case "suspended":
      return <Suspended key={name} id={name} />;
    case "dead-letters":
      return <DeadLettersPage />;
    case "functions":
      return name === undefined ? <Functions /> : <FunctionPage key={name} name={name} />;
    case "register-function":
      return <RegisterFunction />;
    case "reconciliation":
      return <Reconciliation />;
    case "settlement":
      return <Settlement />;
    default:
      return <PageHead title={text().problem.notFound} />;
  }
}

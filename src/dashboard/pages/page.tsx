import { Empty } from "../components/parts.js";
import { text } from "../i18n/text.js";
import { route } from "../router.js";
import { may } from "../session.js";
import { Overview } from "./overview.js";
import { Send } from "./send.js";
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
    default:
      return <Empty title={text().problem.notFound} />;
  }
}

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { text } from "../i18n/text.js";
import { href, navigate } from "../router.js";
import { useKeys } from "./keys.js";

const shown = signal(false);
// After `g`, the next key says where to.
let going = false;

/** The keys that work everywhere, and the dialog that tells of all. */
export function Help() {
  const go = (path: readonly string[]) => () => {
    if (going) navigate(href(path));
    going = false;
  };
  useKeys({
    "?": () => {
      shown.value = true;
    },
    g: () => {
      going = true;
      setTimeout(() => {
        going = false;
      }, 1_500);
    },
    o: go([]),
    t: go(["transfers"]),
    s: go(["send"]),
  });
  return shown.value ? <HelpDialog /> : null;
}

function HelpDialog() {
  const t = text();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const close = () => {
    shown.value = false;
  };
  const keys: [readonly string[], string][] = [
    [["j", "k"], t.help.move],
    [["Enter"], t.help.open],
    [["/"], t.help.search],
    [["g", "o"], t.help.overview],
    [["g", "t"], t.help.transfers],
    [["g", "s"], t.help.send],
    [["?"], t.help.help],
  ];
  return (
    <dialog ref={dialog} onClose={close} aria-labelledby="help-title">
      <div class="form">
        <h2 id="help-title">{t.help.title}</h2>
        <dl class="facts">
          {keys.map(([names, what]) => (
            <>
              <dt>
                {names.map((name) => (
                  <>
                    <kbd>{name}</kbd>{" "}
                  </>
                ))}
              </dt>
              <dd>{what}</dd>
            </>
          ))}
        </dl>
        <div class="row end">
          <button type="button" class="button primary" onClick={() => dialog.current?.close()}>
            {t.common.close}
          </button>
        </div>
      </div>
    </dialog>
  );
}

import { useLayoutEffect, useRef } from "preact/hooks";

export type KeyMap = Readonly<Record<string, () => void>>;

/** Listens for keys while it is shown; not while somebody writes in a field, nor for what the browser has a use for. */
export function useKeys(map: KeyMap): void {
  const keys = useRef(map);
  keys.current = map;
  // Listen before the page is painted: a key pressed at the first sight of the page would be lost.
  useLayoutEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
      const act = keys.current[event.key];
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);
}

function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  // Enter is a button's and a link's own.
  return target.closest("input, textarea, select, dialog") !== null;
}

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

/** What a table scrolls in where the screen is narrower. Only then it can be reached, and scrolled, by keyboard. */
export function TableFrame({ children }: { children: ComponentChildren }) {
  const frame = useRef<HTMLDivElement>(null);
  const [scrolls, setScrolls] = useState(false);
  useEffect(() => {
    const { current } = frame;
    if (current === null) return;
    const look = () => setScrolls(current.scrollWidth > current.clientWidth);
    const observer = new ResizeObserver(look);
    observer.observe(current);
    for (const child of current.children) observer.observe(child);
    return () => observer.disconnect();
  }, []);
  return (
    // What scrolls must be reached by keyboard (WCAG 2.1.1).
    <div class="table-frame" ref={frame} tabIndex={scrolls ? 0 : undefined}>
      {children}
    </div>
  );
}

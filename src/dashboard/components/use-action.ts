import { useState } from "preact/hooks";

/** Something that somebody does, once at a time; how it went stays until the next. */
export interface Action {
  busy: boolean;
  error: unknown;
  /** What is said once it is done. */
  done: string | undefined;
  run(act: () => Promise<string | undefined>): Promise<void>;
}

export function useAction(): Action {
  const [state, setState] = useState<{ busy: boolean; error?: unknown; done?: string | undefined }>({ busy: false });
  return {
    busy: state.busy,
    error: state.error,
    done: state.done,
    async run(act) {
      if (state.busy) return;
      setState({ busy: true });
      try {
        setState({ busy: false, done: await act() });
      } catch (error) {
        setState({ busy: false, error });
      }
    },
  };
}

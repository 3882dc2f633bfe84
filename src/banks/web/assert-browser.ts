import { access } from "node:fs/promises";
import { AppError } from "../../domain/app-error.js";

/** @throws AppError `config-invalid` where there is no such program */
export async function assertBrowser(executablePath: string): Promise<void> {
  await access(executablePath).catch((cause: unknown) => {
    throw new AppError(
      "config-invalid",
      `There is no Chromium at ${executablePath}. Install it (Debian: apt-get install chromium) or set CHROMIUM_PATH.`,
      { cause },
    );
  });
}

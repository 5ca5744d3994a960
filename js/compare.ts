// What is said to whoever develops a page.

declare const process: { env: { NODE_ENV?: string } };

/** Bundlers put the value in the place of the expression; without one there is no `process`. */
export function isDevelopment(): boolean {
  try {
    return process.env.NODE_ENV !== "production";
  } catch {
    return false;
  }
}

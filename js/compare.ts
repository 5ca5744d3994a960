// Whether two components ask for the same.

import { platform } from "./platform.js";

/** The names of the options that differ, or that cannot be compared. Functions are equal if they are one, or are `trusted`. */
export function differing(one: object, other: object, trusted: boolean): string[] {
  const [a, b] = [one, other] as [Record<string, unknown>, Record<string, unknown>];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => {
    const isList = name === "headers" && a[name] && b[name] && typeof a[name] !== "function" && typeof b[name] !== "function";
    return !(isList ? isEqual(listed(a[name]), listed(b[name]), false) : isEqual(a[name], b[name], trusted));
  });
}

function isEqual(one: unknown, other: unknown, trusted: boolean): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one === "function" && typeof other === "function") return trusted;
  if (typeof one !== "object" || typeof other !== "object" || !one || !other) return false;
  if (one instanceof URLSearchParams && other instanceof URLSearchParams) return `${one}` === `${other}`;
  // Forms, blobs and buffers do not tell what is in them.
  return isPlain(one) && isPlain(other) && !differing(one, other, trusted).length;
}

function isPlain(value: object): boolean {
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}

/** Headers may be given in three ways. */
function listed(headers: unknown): object {
  return [...new Headers(headers as HeadersInit)];
}

/** Says something to whoever develops a page, when all that is made together was made; once. */
export function advise(text: string): void {
  if (!isDevelopment() || said.has(text)) return;
  said.add(text);
  platform().after(0, () => console.warn(`everstream: ${text}`));
}

const said = /* @__PURE__ */ new Set<string>();

declare const process: { env: { NODE_ENV?: string } };

/** Bundlers put the value in the place of the expression; without one there is no `process`. */
export function isDevelopment(): boolean {
  try {
    return process.env.NODE_ENV !== "production";
  } catch {
    return false;
  }
}

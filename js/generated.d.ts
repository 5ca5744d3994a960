// What the build makes, in `generated/`.

declare module "*/wasm.js" {
  /** The module: deflated, then as base64. */
  export const deflated: string;
}

declare module "*/plain.js" {
  /** Makes an instance of the same core, in JavaScript. */
  export function make(): import("./core.js").Exports;
}

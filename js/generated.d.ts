// What the build makes, in `generated/`.

declare module "*/wasm.js" {
  /** The module: deflated, then as base64. */
  export const deflated: string;
}

declare module "*/strings.js" {
  /** `strings.wat`, as base64. */
  export const strings: string;
}

// What the build makes, in `generated/`.

declare module "*/wasm.js" {
  /** The module: deflated, then as base64. */
  export const deflated: string;
}

// What the build makes, in `generated/`.

declare module "*/core_bg.js" {
  export function __wbg_set_wasm(exports: WebAssembly.Exports): void;
  export const Core: new (lastEventId: string, options: Float64Array) => import("./core.js").Core;
}

declare module "*/wasm.js" {
  /** The module: deflated, then as base64. */
  export const deflated: string;
}

// A classic worker with `everstream`.
export default { root: "bare", build: { outDir: "../bare-dist", emptyOutDir: true } };

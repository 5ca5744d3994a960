export default { root: "module", worker: { format: "es" }, build: { outDir: "../es", emptyOutDir: true } };

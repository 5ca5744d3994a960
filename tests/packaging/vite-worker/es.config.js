export default { root: "es-worker", worker: { format: "es" }, build: { outDir: "../es", emptyOutDir: true } };

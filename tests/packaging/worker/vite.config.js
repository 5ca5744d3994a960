export default { logLevel: "warn", build: { outDir: "dist", emptyOutDir: true }, worker: { format: "es" } };

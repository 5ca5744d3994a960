import { fileURLToPath } from "node:url";

import { defineConfig } from "vitest/config";

const REACT_18 = fileURLToPath(new URL("tests/react-18/node_modules/", import.meta.url));

export default defineConfig({
  test: {
    // An exception that nobody caught is a failure, unless a test waits for it.
    dangerouslyIgnoreUnhandledErrors: false,
    projects: [
      { test: { name: "all", include: ["tests/js/**/*.test.{ts,tsx}"] } },
      // The hook once more, in the oldest React that it knows.
      {
        resolve: { alias: { react: `${REACT_18}react`, "react-dom": `${REACT_18}react-dom` } },
        test: { name: "React 18", include: ["tests/js/react*.test.tsx"], env: { REACT: "18.3.1" } },
      },
    ],
  },
});

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/js/**/*.test.{ts,tsx}"],
    // An exception that nobody caught is a failure, unless a test waits for it.
    dangerouslyIgnoreUnhandledErrors: false,
  },
});

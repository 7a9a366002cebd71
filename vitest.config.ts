import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    typecheck: { enabled: true, include: ["test/**/*.test-d.ts"] },
    // Real servers, real child processes: generous, so that a busy machine is not a failure.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    coverage: {
      include: ["src/**"],
      exclude: [
        "src/cli/**", // runs in child processes, which the tests start for real
        "src/model/kernel/assembly/**", // AssemblyScript
      ],
      thresholds: { lines: 85, branches: 75 },
    },
  },
});

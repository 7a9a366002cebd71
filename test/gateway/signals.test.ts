import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { tsFlags } from "../node-flags.ts";
import { tempFolder } from "../temp-folder.ts";

const script = fileURLToPath(new URL("run-gateway.ts", import.meta.url));

describe("gateway process", () => {
  it.each(["SIGINT", "SIGTERM"] as const)(
    "stops cleanly on %s, within 2 seconds",
    async (signal) => {
      const child = spawn(process.execPath, [...tsFlags, script, join(tempFolder(), "outbox.db")], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      onTestFinished(() => void child.kill("SIGKILL"));
      const lines: string[] = [];
      const output = createInterface(child.stdout).on("line", (line) => lines.push(line));
      await once(output, "line");
      const toldMs = performance.now();
      child.kill(signal);
      const [code] = await once(child, "close");
      expect({ code, lines }).toEqual({ code: 0, lines: ["running", "stopped"] });
      expect(performance.now() - toldMs).toBeLessThan(2_000);
    },
  );
});

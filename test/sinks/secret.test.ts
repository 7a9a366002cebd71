import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { GatewayError } from "../../src/errors.ts";
import { redact, requireSecret, resolveSecret, type Secret } from "../../src/sinks/secret.ts";
import { tempFolder } from "../temp-folder.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("a secret", () => {
  it("is taken as it is, from the environment, or from a file, without the white space around it", async () => {
    vi.stubEnv("CLOUD_TOKEN", " from the environment ");
    const file = join(tempFolder(), "token");
    writeFileSync(file, "from a file\n");
    expect(await resolveSecret("itself\n")).toBe("itself");
    expect(await resolveSecret({ env: "CLOUD_TOKEN" })).toBe("from the environment");
    expect(await resolveSecret({ file })).toBe("from a file");
  });

  it("is read anew each time, so that a renewed one is taken", async () => {
    const file = join(tempFolder(), "token");
    writeFileSync(file, "old");
    expect(await resolveSecret({ file })).toBe("old");
    writeFileSync(file, "new");
    expect(await resolveSecret({ file })).toBe("new");
  });

  it.each([undefined, "", " \n"])("is missing when its variable holds %j", async (value) => {
    vi.stubEnv("CLOUD_TOKEN", value);
    await expect(resolveSecret({ env: "CLOUD_TOKEN" })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      retryable: true,
      message: "the environment variable CLOUD_TOKEN is not set, or empty",
      hint: expect.any(String),
    });
  });

  it("is missing when its file is empty, is a folder, or is not there", async () => {
    const folder = tempFolder();
    const file = join(folder, "token");
    const refused = { code: "FILE_UNREADABLE", retryable: true };
    writeFileSync(file, "\n");
    const named = { ...refused, message: expect.stringContaining(file) };
    await expect(resolveSecret({ file })).rejects.toMatchObject(named);
    rmSync(file);
    await expect(resolveSecret({ file })).rejects.toMatchObject(named);
    await expect(resolveSecret({ file: folder })).rejects.toMatchObject(refused);
  });

  it.each<{ wrong: unknown }>([
    { wrong: "" },
    { wrong: " " },
    { wrong: 42 },
    { wrong: null },
    { wrong: {} },
    { wrong: { env: "" } },
    { wrong: { env: 7 } },
    { wrong: { path: "hunter2" } },
    { wrong: { env: "A", file: "hunter2" } },
  ])("is not $wrong; the error names the option only", ({ wrong }) => {
    try {
      requireSecret("httpSink", "token", wrong as Secret);
      expect.unreachable("it was taken");
    } catch (error) {
      expect(error).toBeInstanceOf(GatewayError);
      expect(error).toMatchObject({ code: "CONFIG_INVALID" });
      expect(String(error)).toContain("httpSink: token must be");
      expect(String(error)).not.toContain("hunter2");
    }
  });

  it.each<{ secret: Secret | undefined }>([
    { secret: "itself" },
    { secret: { env: "NOT_SET_YET" } },
    { secret: { file: "not-there-yet" } },
    { secret: undefined },
  ])("may be $secret: it is not looked for before it is used", ({ secret }) => {
    expect(() => requireSecret("httpSink", "token", secret)).not.toThrow();
  });
});

describe("redact", () => {
  it("takes every secret out, however it is written", () => {
    const secrets = ["pa+ss wörd", 'quo"te'];
    const text = `a pa+ss wörd, ${encodeURIComponent("pa+ss wörd")} and ${JSON.stringify('quo"te')}`;
    expect(redact(text, secrets)).toBe('a ***, *** and "***"');
  });

  it("leaves no rest of a secret that begins with another one", () => {
    expect(redact("key abcdef", ["abc", "abcdef"])).toBe("key ***");
  });

  it("leaves a text alone that holds none", () => {
    expect(redact("nothing here", [])).toBe("nothing here");
    expect(redact("nothing here", ["", "secret."])).toBe("nothing here");
  });

  it("shows no secret, whatever characters it is made of", () => {
    const secret = fc.string({ minLength: 9, unit: "binary" });
    fc.assert(
      fc.property(fc.string(), secret, fc.string(), (before, hidden, after) => {
        const text = `${before}${hidden}${after}`;
        expect(redact(text, [hidden])).not.toContain(hidden);
      }),
    );
  });
});

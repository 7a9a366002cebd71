import asc from "assemblyscript/asc";
import { expect, it } from "vitest";

const SOURCE = "src/model/kernel/assembly/window-kernel.ts";

/** Also what `npm run build:kernel` runs, which writes what it finds. */
it("runs what is written in its source", async () => {
  const bytes = await compile();
  await expect(`// Made of assembly/window-kernel.ts by \`npm run build:kernel\`.
export const KERNEL: string =
  "${Buffer.from(bytes).toString("base64")}";
`).toMatchFileSnapshot("../../../src/model/kernel/kernel-bytes.ts");
});

async function compile(): Promise<Uint8Array> {
  const made = new Map<string, Uint8Array>();
  const { error, stderr } = await asc.main(
    [
      ...[SOURCE, "--outFile", "kernel.wasm", "-O3", "--noAssert", "--use", "abort="],
      ...["--runtime", "stub", "--enable", "relaxed-simd"],
    ],
    { writeFile: (name, contents) => void made.set(name, contents as Uint8Array) },
  );
  expect(error, stderr.toString()).toBeNull();
  expect(stderr.toString()).toBe("");
  return made.get("kernel.wasm") ?? new Uint8Array();
}

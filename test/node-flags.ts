const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

/** What `node` needs to run a `.ts` file: nothing from 22.18 on. */
export const tsFlags: readonly string[] =
  major === 22 && minor < 18 ? ["--experimental-strip-types"] : [];

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

/** What `node` needs to run a `.ts` file in silence: on 22, type stripping and SQLite warn that they are experimental. */
export const tsFlags: readonly string[] = [
  ...(major === 22 ? ["--disable-warning=ExperimentalWarning"] : []),
  ...(major === 22 && minor < 18 ? ["--experimental-strip-types"] : []),
];

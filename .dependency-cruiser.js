/**
 * The import direction of docs/architecture.md:
 * core, errors <- math <- stream, model, sources, sinks, outbox, truth <- gateway <- config <- cli
 */
/** Small pieces beside the folders that touch files and packages. */
const nodePieces = "^src/(derived-id|draft-file|load-peer)\\.ts$";

/** `folder` may import only what `allowed` matches. */
const only = (folder, ...allowed) => ({
  name: `${folder}-imports-only-what-lies-before-it`,
  severity: "error",
  from: { path: `^src/${folder}/` },
  to: {
    path: "^src/",
    pathNot: [`^src/${folder}/`, "^src/errors\\.ts$", ...allowed],
  },
});

export default {
  forbidden: [
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    only("core"),
    only("math", "^src/core/"),
    only(
      "batching",
      "^src/(core|math)/",
      "^src/model/(scorer|scoring-batch|open-batch|require-shape)\\.ts$",
    ),
    only(
      "stream",
      "^src/(core|math|batching)/",
      "^src/derived-id\\.ts$",
      "^src/model/(scorer|scoring-batch)\\.ts$",
    ),
    only("model", "^src/(core|math)/", nodePieces, "^src/sources/source\\.ts$"),
    only("sources", "^src/(core|math)/", nodePieces),
    only("sinks", "^src/(core|math)/", nodePieces),
    only("outbox", "^src/(core|math)/", "^src/sinks/sink\\.ts$"),
    only("truth", "^src/(core|math)/", nodePieces, "^src/(model/scorer|sinks/secret)\\.ts$"),
    only("simulator", "^src/(core|math)/", nodePieces),
    only(
      "gateway",
      "^src/(core|math|batching|stream|outbox|truth)/",
      "^src/(model/scorer|sources/source|sinks/sink)\\.ts$",
    ),
    only("evaluation", "^src/(core|math|stream|model)/", "^src/sources/source\\.ts$"),
    {
      name: "only-the-command-line-evaluates",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/(evaluation|cli)/" },
      to: { path: "^src/evaluation/" },
    },
    only("testing", "^src/(core|math|sources|sinks|outbox)/"),
    {
      name: "plugins-never-import-each-other",
      severity: "error",
      from: { path: "^src/sources/([^/]+)/" },
      to: { path: "^src/sources/[^/]+/", pathNot: "^src/sources/$1/" },
    },
    {
      name: "sinks-never-import-each-other",
      severity: "error",
      // A sink is one file or one folder.
      from: { path: "^src/sinks/([^/]+)" },
      to: {
        path: "^src/sinks/",
        pathNot: "^src/sinks/($1/|(sink|cloud-event|secret)\\.ts$)",
      },
    },
    {
      name: "math-knows-no-rxjs-and-no-node",
      severity: "error",
      from: { path: "^src/(math|core)/" },
      to: { dependencyTypes: ["npm", "core"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
  },
};

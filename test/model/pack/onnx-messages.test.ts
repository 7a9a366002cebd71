import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createGraph } from "../../../src/model/onnx/graph-builder.ts";
import { encodeGraph } from "../../../src/model/onnx/schema.ts";
import { renameAll, visitFields } from "../../../src/model/pack/onnx-messages.ts";
import { textOf } from "../../../src/model/pack/wire.ts";
import { fixture } from "./packing.ts";

const files = readdirSync("test/fixtures/models")
  .filter((file) => file.endsWith(".onnx"))
  .map((file) => file.replace(".onnx", ""));

describe("renameAll", () => {
  it.each(files)("changes no byte of %s where every name stays", (file) => {
    const bytes = fixture(file);
    expect(Buffer.from(renameAll("model", bytes, (name) => name)).equals(bytes)).toBe(true);
  });

  it("reaches the values that the body of a branch takes from outside", () => {
    const branch = createGraph("branch");
    branch.output("same", "windows", "float32", [1]);
    const outer = createGraph("outer");
    const condition = outer.input("condition", "bool", []);
    outer.input("windows", "float32", [1]);
    const bodies = {
      then_branch: { graph: branch.build() },
      else_branch: { graph: branch.build() },
    };
    outer.output("y", outer.node("If", [condition], bodies), "float32", [1]);
    const renamed = renameAll("graph", encodeGraph(outer.build()), (name) =>
      name === "windows" ? "pack/windows" : name,
    );
    const taken: string[] = [];
    visitFields("graph", renamed, (kind, { id, body }) => {
      if (kind === "node" && id === 1) taken.push(textOf(body));
    });
    expect(taken.filter((name) => name === "pack/windows")).toHaveLength(2);
    expect(taken).not.toContain("windows");
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GatewayError } from "../../../src/errors.ts";
import { readForeignModel } from "../../../src/model/pack/foreign-model.ts";
import { bytesField, numberField } from "../../../src/model/pack/wire.ts";
import { externalTensor, fileWithNode, withGraphField } from "./foreign-files.ts";
import { fixture } from "./packing.ts";
import { refuses } from "./refuses.ts";

/** A graph with one tensor, as the branch of an `If`, as an attribute of a node. */
const inBranch = (tensor: Uint8Array): Uint8Array => {
  const constant = bytesField(5, Buffer.concat([bytesField(1, "value"), bytesField(5, tensor)]));
  const branch = bytesField(1, Buffer.concat([bytesField(4, "Constant"), constant]));
  const attribute = Buffer.concat([bytesField(1, "then_branch"), bytesField(6, branch)]);
  return Buffer.concat([bytesField(4, "If"), bytesField(5, attribute)]);
};

describe("packModel refuses a file", () => {
  refuses([
    {
      title: "whose weights lie in another file",
      file: withGraphField(fixture("dense"), 5, externalTensor("encode.weight")),
      code: "MODEL_INVALID",
      message: /pump: expected all weights in the file, got 1 in other files: encode\.weight$/,
      hint: /external_data=False/,
    },
    {
      title: "with a reference to another file deep in a branch",
      file: withGraphField(fixture("dense"), 1, inBranch(externalTensor("hidden"))),
      code: "MODEL_INVALID",
      message: /in other files: hidden/,
    },
    {
      title: "with such a reference in a sparse tensor",
      file: withGraphField(fixture("dense"), 15, bytesField(1, externalTensor("sparse"))),
      code: "MODEL_INVALID",
      message: /in other files: sparse/,
    },
    {
      title: "with such a reference in a function",
      file: Buffer.concat([
        fixture("dense"),
        bytesField(25, bytesField(7, inBranch(externalTensor("in-function")))),
      ]),
      code: "MODEL_INVALID",
      message: /in other files: in-function/,
    },
    {
      title: "that is larger than allowed",
      file: "dense",
      options: { maxBytes: 1_000 },
      code: "MODEL_INVALID",
      message: /expected a file of 1000 bytes at most, got 1654/,
      hint: /maxBytes/,
    },
    {
      title: "that is no ONNX file",
      file: Buffer.from("time,current,pressure\n1000,20,5\n"),
      code: "MODEL_INVALID",
      message: /expected an ONNX file, got 32 bytes that are not one/,
    },
    {
      title: "that was cut off",
      file: fixture("dense").subarray(0, 900),
      code: "MODEL_INVALID",
      message: /expected an ONNX file/,
    },
    {
      title: "with an operator that this runtime does not know, and names it",
      file: fileWithNode("Wavelet"),
      code: "MODEL_INVALID",
      message: /does not know the operator Wavelet in opset 17 .*made by wheeltapper, opset 17/,
    },
    {
      title: "with an operator of somebody's own domain, and names it",
      file: fileWithNode("Wavelet", { domain: "com.example" }),
      code: "MODEL_INVALID",
      message: /does not know the operator com\.example:?\.?Wavelet/,
      hint: /standard ONNX operators/,
    },
    {
      title: "of an opset that this runtime does not know, and says up to which it does",
      file: fileWithNode("Tanh", { opset: 99 }),
      code: "MODEL_INVALID",
      message: /knows opsets up to \d+, the file needs opset 99/,
      hint: /older opset/,
    },
    {
      title: "of an opset that is too old",
      file: fileWithNode("Tanh", { opset: 7 }),
      code: "MODEL_INVALID",
      message: /expected operators of opset 9 or later, got opset 7/,
    },
    {
      title: "of a newer file format",
      file: Buffer.concat([fixture("dense"), numberField(1, 99)]),
      code: "MODEL_INVALID",
      message: /knows files of IR version \d+ and before, this one has 99/,
    },
  ]);
});

describe("readForeignModel", () => {
  it("says of any bytes that they are no ONNX file, or what is in them", () => {
    const whole = fixture("lstm");
    const damaged = fc
      .tuple(fc.nat(whole.length - 1), fc.nat(255))
      .map(([place, byte]) => Uint8Array.from(whole).fill(byte, place, place + 1));
    const cut = fc.nat(whole.length).map((length) => whole.subarray(0, length));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), cut, damaged), (bytes) => {
        try {
          readForeignModel(bytes, "file");
        } catch (error) {
          expect(error).toBeInstanceOf(GatewayError);
          expect(error).toMatchObject({ code: "MODEL_INVALID" });
        }
      }),
    );
  });
});

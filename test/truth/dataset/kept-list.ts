import type { GatewayMessage } from "../../../src/core/gateway-message.ts";
import type { WindowCapture } from "../../../src/core/window-capture.ts";
import { sampleCapture } from "../../../src/testing/sample-messages.ts";
import type { KeptMessages } from "../../../src/truth/dataset/kept-messages.ts";

/** Keeps messages in memory, as an outbox does on the disk. */
export function keptList(messages: readonly GatewayMessage[]): KeptMessages {
  const items = messages.map((message, place) => ({ sequence: 10 + place * 3, message }));
  return {
    async kept(kind, { after = 0, limit = 1000 } = {}) {
      return items
        .filter(({ sequence, message }) => sequence > after && message.kind === kind)
        .slice(0, limit);
    },
  };
}

/** The tensors of a window, by name. */
export interface Tensors {
  readonly window: Float32Array;
  readonly normalized?: Float32Array;
  readonly reconstruction?: Float32Array;
}

/** A capture of so many frames with these values. */
export function captureOf(
  { window, normalized, reconstruction }: Tensors,
  overrides: Partial<WindowCapture> = {},
): WindowCapture {
  const { tags } = sampleCapture(overrides);
  const tensor = (name: string, values: Float32Array): WindowCapture["inputs"][number] => ({
    name,
    dataType: "FLOAT32",
    shape: [values.length / tags.length, tags.length],
    data: Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64"),
  });
  return sampleCapture({
    inputs: [tensor("window", window)],
    auxiliary: normalized ? [tensor("normalized", normalized)] : [],
    outputs: reconstruction ? [tensor("reconstruction", reconstruction)] : [],
    ...overrides,
  });
}

import { GatewayError } from "../../errors.ts";
import type { OnnxMetadata } from "./schema.ts";

/** A file in ONNX Runtime's own format is a flatbuffer with this identifier at byte 4. */
const IDENTIFIER = { text: "ORTM", at: 4 } as const;
/** Places of fields in the tables of ort.fbs (format version 5), counted from 0. */
const FIELD = { sessionModel: 1, modelMetadata: 9, entryKey: 0, entryValue: 1 } as const;
/** A flatbuffer points with 32 bits. */
const POINTER_BYTES = 4;

export function isOrtFormat(bytes: Uint8Array): boolean {
  const { text, at } = IDENTIFIER;
  return text === Buffer.from(bytes.subarray(at, at + text.length)).toString("latin1");
}

/**
 * Reads the metadata of a file in ONNX Runtime's own format, which takes over that of the ONNX file it was made from.
 *
 * @throws GatewayError `MODEL_INVALID` when the bytes are damaged.
 */
export function decodeOrtMetadata(bytes: Uint8Array, name: string): readonly OnnxMetadata[] {
  try {
    return readMetadata(bytes);
  } catch (cause) {
    throw new GatewayError(
      "MODEL_INVALID",
      `${name}: expected a file in ORT format, got ${bytes.length} bytes that are not a whole one`,
      { cause, hint: "Copy the file again from where it was optimized." },
    );
  }
}

/** @throws RangeError for a pointer that leads out of the file. */
function readMetadata(bytes: Uint8Array): readonly OnnxMetadata[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const follow = (at: number): number => at + view.getUint32(at, true);
  /** Where the value of a table's field lies; `undefined` when the table has none. */
  const fieldOf = (table: number, field: number): number | undefined => {
    const layout = table - view.getInt32(table, true);
    const slot = POINTER_BYTES + 2 * field;
    if (slot >= view.getUint16(layout, true)) return undefined;
    const distance = view.getUint16(layout + slot, true);
    return distance === 0 ? undefined : table + distance;
  };
  const textOf = (table: number, field: number): string => {
    const at = fieldOf(table, field);
    if (at === undefined) return "";
    const start = follow(at);
    const length = view.getUint32(start, true);
    return Buffer.from(bytes.subarray(start + POINTER_BYTES).subarray(0, length)).toString("utf8");
  };

  const model = fieldOf(follow(0), FIELD.sessionModel);
  const list = model === undefined ? undefined : fieldOf(follow(model), FIELD.modelMetadata);
  if (list === undefined) return [];
  const start = follow(list);
  return Array.from({ length: view.getUint32(start, true) }, (_, place) => {
    const entry = follow(start + POINTER_BYTES * (place + 1));
    return { key: textOf(entry, FIELD.entryKey), value: textOf(entry, FIELD.entryValue) };
  });
}

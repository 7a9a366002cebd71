import protobuf from "protobufjs/light.js";

/** One field of an encoded protobuf message, its bytes untouched. */
export interface WireField {
  readonly id: number;
  /** The field as it stands in the message, key and all. */
  readonly raw: Uint8Array;
  /** What a text, bytes or message field holds; empty for a number. */
  readonly body: Uint8Array;
  /** The low 32 bits of a whole number; 0 for anything else. */
  readonly value: number;
}

const VARINT = 0;
const LENGTH_DELIMITED = 2;

/**
 * Goes over the fields of an encoded message one by one. What is not changed is copied byte for byte, so that a message keeps
 * what we know nothing about.
 *
 * @throws RangeError or Error when the bytes are no message
 */
export function* fieldsOf(message: Uint8Array): Generator<WireField> {
  const reader = protobuf.Reader.create(message);
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const key = reader.uint32();
    const wireType = key & 7;
    let body: Uint8Array = new Uint8Array();
    let value = 0;
    if (wireType === LENGTH_DELIMITED) body = reader.bytes();
    else if (wireType === VARINT) value = reader.uint32();
    else reader.skipType(wireType);
    yield { id: key >>> 3, raw: message.subarray(start, reader.pos), body, value };
  }
}

/** A text, bytes or message field. */
export function bytesField(id: number, body: Uint8Array | string): Uint8Array {
  const writer = protobuf.Writer.create().uint32((id << 3) | LENGTH_DELIMITED);
  return (typeof body === "string" ? writer.string(body) : writer.bytes(body)).finish();
}

/** A field that is a whole number. */
export function numberField(id: number, value: number): Uint8Array {
  return protobuf.Writer.create()
    .uint32((id << 3) | VARINT)
    .uint32(value)
    .finish();
}

export function textOf(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8");
}

import { createHash } from "node:crypto";
import type { ModelCard } from "../core/model-card.ts";
import { GatewayError } from "../errors.ts";
import { parseCard } from "./card-schema.ts";
import { decodeOrtMetadata, isOrtFormat } from "./onnx/ort-metadata.ts";
import { decodeMetadata, encodeMetadataField, type OnnxMetadata } from "./onnx/schema.ts";

const CARD_KEY = "wheeltapper.card";
const DIGEST_KEY = "wheeltapper.sha256";

/** The card as an entry of an ONNX file's metadata. */
export function cardMetadata(card: ModelCard): OnnxMetadata {
  return { key: CARD_KEY, value: JSON.stringify(card) };
}

/** What others have written into the metadata: neither card nor seal. */
export function foreignMetadata(metadata: readonly OnnxMetadata[]): readonly OnnxMetadata[] {
  return metadata.filter(({ key }) => key !== CARD_KEY && key !== DIGEST_KEY);
}

/**
 * Seals the bytes of a model that carries its card: appends the SHA-256 of all bytes before as a last metadata entry. The
 * result is still a plain ONNX file, and any changed or missing byte is noticed. A file in ORT format is sealed with the same bytes:
 * ONNX Runtime passes over what follows the flatbuffer.
 */
export function sealModel(body: Uint8Array): Uint8Array {
  return Buffer.concat([body, digestField(body)]);
}

/**
 * Reads the card of a sealed model file, in ONNX or ORT format.
 *
 * @throws GatewayError `MODEL_INVALID` when the bytes are no model file, carry no card, or were changed or cut off;
 * `MODEL_MISMATCH` when the card has the layout of another version.
 */
export function readCard(bytes: Uint8Array, file: string): ModelCard {
  const decode = isOrtFormat(bytes) ? decodeOrtMetadata : decodeMetadata;
  const entry = decode(bytes, file).find(({ key }) => key === CARD_KEY);
  if (entry === undefined) {
    throw new GatewayError(
      "MODEL_INVALID",
      `${file}: expected an ONNX file with a model card, got one without`,
      {
        hint: "Make the file with `wheeltapper train`.",
      },
    );
  }
  const tail = digestField(new Uint8Array()).length;
  const body = bytes.subarray(0, -tail);
  if (!Buffer.from(bytes.subarray(-tail)).equals(digestField(body))) {
    throw new GatewayError(
      "MODEL_INVALID",
      `${file}: the file was changed or cut off after it was written: its SHA-256 does not match`,
      {
        hint: "Copy the file again from where it was trained.",
      },
    );
  }
  return parseCard(entry.value, file);
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function digestField(body: Uint8Array): Uint8Array {
  return encodeMetadataField({ key: DIGEST_KEY, value: sha256(body) });
}

import { LONGEST_ROW } from "./csv-dialect.ts";
import { traceInvalid } from "./trace-invalid.ts";

/** Cuts a file that comes in pieces into its lines, and remembers no more of it than the line that has not ended yet. */
export interface LineSplitter {
  /** The lines that end in this piece, without their line breaks. Throws `TRACE_INVALID` for a line that is too long. */
  push(bytes: Uint8Array): readonly string[];
  /** What stands behind the last line break. */
  rest(): string;
}

const LINE_BREAK = 0x0a;

export function createLineSplitter(path: string): LineSplitter {
  const decoder = new TextDecoder(); // in whole lines: it has no half characters to remember
  let pieces: Uint8Array[] = [];
  let size = 0;
  let lines = 0;

  const keep = (bytes: Uint8Array): void => {
    pieces.push(bytes);
    size += bytes.length;
    if (size <= LONGEST_ROW) return;
    const problem = `expected lines of at most ${LONGEST_ROW} bytes, got a longer one`;
    const hint = "Check that the file is text with a line break after each reading.";
    throw traceInvalid({ path, line: lines + 1 }, problem, hint);
  };
  const takeText = (): string => {
    const text = decoder.decode(Buffer.concat(pieces));
    pieces = [];
    size = 0;
    return text;
  };

  return {
    push(bytes) {
      const end = bytes.lastIndexOf(LINE_BREAK);
      if (end < 0) {
        keep(bytes);
        return [];
      }
      pieces.push(bytes.subarray(0, end));
      const ended = takeText().split("\n");
      lines += ended.length;
      keep(bytes.subarray(end + 1));
      return ended;
    },
    rest: takeText,
  };
}

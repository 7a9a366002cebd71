import type { FrameWindow } from "../../core/frame.ts";
import { GatewayError } from "../../errors.ts";
import type { WindowKernel } from "../kernel/window-kernel.ts";
import type { OnnxSession, TensorData } from "../runtime.ts";

/** The windows of a batch in the memory of the network, those without holes first. */
export interface NetworkRows {
  /**
   * Puts the windows that are taken through the network.
   *
   * Unknown cells are 0 in the first pass. Windows with such cells go through again, with the reconstruction in their place, so that a missing
   * tag pulls the others less: one step of iterative imputation.
   *
   * @throws GatewayError `SCORING_FAILED` when the runtime fails
   */
  pass(windows: readonly FrameWindow[], takes: (window: FrameWindow) => boolean): Promise<void>;
  /** Row of a window; {@link NO_ROW} where it was not taken. */
  of(place: number): number;
  /** Rows of windows without holes. */
  whole(): number;
}

export const NO_ROW = -1;

export function createNetworkRows(
  session: OnnxSession,
  { input, output, capacity, normalize }: WindowKernel,
): NetworkRows {
  const cells = input.length / capacity;
  const rows = new Int32Array(capacity);
  const holed: number[] = [];
  let whole = 0;

  /** @returns how many rows are laid */
  const lay: (...given: Parameters<NetworkRows["pass"]>) => number = (windows, takes) => {
    let row = 0;
    holed.length = 0;
    for (let place = 0; place < windows.length; place += 1) {
      const window = windows[place] as FrameWindow;
      rows[place] = NO_ROW;
      if (!takes(window)) continue;
      if (normalize(row, window.values, window.offsets) > 0) holed.push(place);
      else rows[place] = row++;
    }
    whole = row;
    for (const place of holed) {
      const { values, offsets } = windows[place] as FrameWindow;
      normalize(row, values, offsets);
      rows[place] = row++;
    }
    return row;
  };

  const part = (data: Float32Array, from: number, to: number): TensorData => ({
    data: data.subarray(from * cells, to * cells),
    dimensions: [to - from, cells],
  });
  const through = async (from: number, to: number): Promise<void> => {
    if (from === to) return;
    try {
      const feeds = { windows: part(input, from, to) };
      const targets = { reconstruction: part(output, from, to) };
      const { reconstruction } = await session.run(feeds, targets);
      const answer = reconstruction?.data;
      if (answer instanceof Float32Array && answer.buffer !== output.buffer) {
        output.set(answer, from * cells); // a session that knows no targets
      }
    } catch (cause) {
      throw new GatewayError("SCORING_FAILED", "ONNX Runtime failed to score a batch", { cause });
    }
  };

  const fillHoles = (windows: readonly FrameWindow[]): void => {
    for (const place of holed) {
      const { values } = windows[place] as FrameWindow;
      const first = (rows[place] as number) * cells;
      for (let cell = 0; cell < cells; cell += 1) {
        if (Number.isFinite(values[cell])) continue;
        input[first + cell] = output[first + cell] as number;
      }
    }
  };

  return {
    pass(windows, takes) {
      const laid = lay(windows, takes);
      const first = through(0, laid);
      if (laid === whole) return first;
      return first.then(() => {
        fillHoles(windows);
        return through(whole, laid);
      });
    },
    of: (place) => rows[place] as number,
    whole: () => whole,
  };
}

import { BehaviorSubject, Subject } from "rxjs";
import {
  ALL_ACCEPTED,
  createGateway,
  type Frame,
  type Gateway,
  type Model,
  openOutbox,
  type Reading,
  type Sink,
  type Source,
  type SourceStatus,
} from "wheeltapper";
import { createFrames } from "./plant.ts";

/** A whole gateway whose readings are pushed in by hand. */
export interface LivePlant {
  readonly gateway: Gateway;
  readonly machines: readonly string[];
  /** Hands over what a machine measured at an instant; the last reading completes its frame. */
  push(machine: number, slot: number): void;
  stop(): Promise<void>;
}

export interface LiveOptions {
  readonly model: Model;
  readonly machines: number;
  /** Of the outbox. */
  readonly file: string;
  /** Frames after which everything repeats, faults and all. */
  readonly frames: number;
}

/** Kinds of machines. Those of a kind have the same values, each at another time: no two have their fault at once. */
const KINDS = 16;

/** Starts a gateway with one source, as many machines with one model, an outbox, and a sink that takes everything. */
export async function startLivePlant(options: LiveOptions): Promise<LivePlant> {
  const { model, frames, file } = options;
  const { periodMs, tags } = model.card;
  const kinds = Array.from({ length: KINDS }, (_, kind) =>
    valuesOf(createFrames(frames, { seed: kind + 2, periodMs, tags: tags.length, faultAt: 0.5 })),
  );
  const machines = Array.from({ length: options.machines }, (_, machine) => `machine-${machine}`);
  const names = machines.map((machine) => tags.map(({ name }) => `${machine}.${name}`));
  const readings = new Subject<Reading>();
  const outbox = openOutbox(file);
  const gateway = createGateway({
    name: "bench",
    sources: [sourceOf(readings, names.flat())],
    machines: machines.map((name) => ({
      name,
      model,
      tagNames: Object.fromEntries(tags.map((tag) => [tag.name, `${name}.${tag.name}`])),
    })),
    sinks: [acceptingSink()],
    outbox,
    handleSignals: false,
  });
  await gateway.start();
  return {
    gateway,
    machines,
    push(machine, slot) {
      const values = kinds[machine % KINDS] ?? new Float64Array();
      const shift = Math.floor((frames * machine) / options.machines);
      const first = ((slot + shift) % frames) * tags.length;
      const timeMs = slot * periodMs;
      names[machine]?.forEach((tag, place) => {
        const value = values[first + place] ?? Number.NaN;
        readings.next({ tag, timeMs, value, quality: "good" });
      });
    },
    async stop() {
      await gateway.stop();
      await outbox.close();
    },
  };
}

/** Shape `[frames, tags]`: takes less memory than frames do, which is measured, too. */
function valuesOf(frames: readonly Frame[]): Float64Array {
  return Float64Array.from(frames.flatMap(({ values }) => [...values]));
}

function sourceOf(readings: Subject<Reading>, names: readonly string[]): Source {
  const status: SourceStatus = { state: "live", sinceMs: 0, troubles: [], texts: {} };
  return {
    name: "bench",
    tags: names.map((name) => ({ name })),
    readings,
    status: new BehaviorSubject(status),
  };
}

function acceptingSink(): Sink {
  return { name: "bench", write: async () => ALL_ACCEPTED, close: async () => {} };
}

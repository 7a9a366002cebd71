import type { GatewayMessage } from "../../core/gateway-message.ts";
import { GatewayError } from "../../errors.ts";
import { closedError } from "../file/database-error.ts";
import type { KeptFile } from "../file/file-outbox.ts";
import type { OutboxQueue, OutboxStatus } from "../outbox.ts";
import { isDiskTrouble } from "./disk-trouble.ts";
import { type DiskWatch, diskWatch } from "./disk-watch.ts";
import { type FileHolder, type FileHolderOptions, fileHolder } from "./file-holder.ts";
import { type MemoryIncidents, memoryIncidents } from "./memory-incidents.ts";
import { type MemoryLosses, memoryLosses } from "./memory-losses.ts";
import { type MemoryStore, memoryStore, type Shelf, type Sheltered } from "./memory-store.ts";
import { type OwedSettlements, owedSettlements } from "./owed-settlements.ts";
import { type ShelteredQueue, shelteredQueue } from "./sheltered-queue.ts";

/** Takes what the disk refuses, and gives it to the file as soon as that takes it. */
export interface MemoryShelter {
  readonly store: MemoryStore;
  readonly incidents: Pick<MemoryIncidents, "newest">;
  status(): OutboxStatus;
  append(shelf: Shelf, messages: readonly GatewayMessage[]): Promise<void>;
  queue(name: string): OutboxQueue;
  queueNames(): readonly string[];
  /** The file; `undefined` as long as it could not be opened. */
  file(): KeptFile | undefined;
  /** Reads from the file, from a new one should the old one turn out to be damaged; `undefined` as long as there is none. */
  read<T>(step: (file: KeptFile) => Promise<T>): Promise<T | undefined>;
  /** Tries a last time to empty the memory, and closes the file. */
  close(): Promise<void>;
}

export interface MemoryShelterOptions {
  readonly path: string;
  /** Opens the file, or returns why the disk does not let it; throws when something else is wrong. */
  readonly open: FileHolderOptions["open"];
  readonly maxBytes: number;
}

/** Most messages that go from memory to the file at once; one at first, to see whether it takes any. */
const MOST_AT_ONCE = 64;

interface Shelter {
  readonly path: string;
  readonly store: MemoryStore;
  readonly losses: MemoryLosses;
  readonly incidents: MemoryIncidents;
  readonly disk: DiskWatch;
  readonly queues: Map<string, QueueParts>;
  /** Runs a step after all others that were given to it. */
  readonly inTurn: <T>(step: () => Promise<T>) => Promise<T>;
  readonly holder: FileHolder;
  isClosed: boolean;
}

interface QueueParts {
  readonly queue: ShelteredQueue;
  readonly owed: OwedSettlements;
  readonly inFile: () => OutboxQueue | undefined;
}

export function memoryShelter(options: MemoryShelterOptions): MemoryShelter {
  const losses = memoryLosses();
  const incidents = memoryIncidents();
  const tryAgain = (): void => void shelter.inTurn(() => comeBack(shelter));
  const disk = diskWatch(options.path, tryAgain);
  const shelter: Shelter = {
    path: options.path,
    ...{ losses, incidents, disk },
    holder: fileHolder({ open: options.open, disk, onDamage: tryAgain }),
    store: memoryStore({ ...options, incidents, onLoss: losses.count }),
    queues: new Map(),
    inTurn: inTurn(),
    isClosed: false,
  };
  const { file, open } = shelter.holder;
  open();

  return {
    store: shelter.store,
    incidents,
    status: () => {
      const status = disk.status();
      return status.state === "memory"
        ? { ...status, sheltered: shelter.store.all().length }
        : status;
    },
    append: (shelf, messages) => append(shelter, shelf, messages),
    queue(name) {
      const { queue, inFile } = partsOf(shelter, name);
      inFile();
      return queue;
    },
    queueNames: () => [...new Set([...(file()?.queues() ?? []), ...shelter.queues.keys()])],
    file,
    async read(step) {
      try {
        const opened = file();
        return opened && (await step(opened));
      } catch (error) {
        if (!isDiskTrouble(error) || shelter.isClosed) throw error;
        await shelter.inTurn(() => comeBack(shelter));
        const opened = file();
        return opened && step(opened);
      }
    },
    async close() {
      if (shelter.isClosed) return;
      if (disk.isRefusing()) await shelter.inTurn(() => comeBack(shelter));
      shelter.isClosed = true;
      disk.stop();
      sayWhatIsLost(shelter);
      await file()?.close();
    },
  };
}

async function append(
  shelter: Shelter,
  shelf: Shelf,
  messages: readonly GatewayMessage[],
): Promise<void> {
  if (shelter.isClosed) throw closedError(shelter.path);
  if (messages.length === 0) return;
  if (!shelter.disk.isRefusing()) return write(shelter, shelf, messages);
  return shelter.inTurn(async () => {
    await comeBack(shelter);
    await write(shelter, shelf, messages);
  });
}

async function write(
  shelter: Shelter,
  shelf: Shelf,
  messages: readonly GatewayMessage[],
): Promise<void> {
  const { disk, store } = shelter;
  try {
    if (!disk.isRefusing()) return await writeToFile(shelter, shelf, messages);
  } catch (error) {
    if (!isDiskTrouble(error)) throw error;
    disk.refused(error);
  }
  store.add(shelf, messages);
}

async function writeToFile(
  shelter: Shelter,
  shelf: Shelf,
  messages: readonly GatewayMessage[],
): Promise<void> {
  const { holder, disk, path } = shelter;
  const append =
    shelf === undefined ? holder.file()?.keep : partsOf(shelter, shelf).inFile()?.append;
  if (append === undefined) throw disk.status().error ?? closedError(path);
  await append(messages);
}

function partsOf(shelter: Shelter, name: string): QueueParts {
  const known = shelter.queues.get(name);
  if (known !== undefined) return known;
  const { store, losses, disk } = shelter;
  let filed: OutboxQueue | undefined;
  let filedIn: KeptFile | undefined;
  const inFile = (): OutboxQueue | undefined => {
    if (shelter.isClosed) throw closedError(shelter.path);
    try {
      const file = shelter.holder.file();
      if (filedIn !== file || filed === undefined) filed = file?.queue(name);
      filedIn = file;
    } catch (error) {
      if (!isDiskTrouble(error)) throw error;
      disk.refused(error);
    }
    return filed;
  };
  const owed = owedSettlements();
  const queue = shelteredQueue({
    ...{ name, store, losses, owed, inFile },
    append: (messages) => append(shelter, name, messages),
    inOrder: (step) => (disk.isRefusing() ? shelter.inTurn(step) : step()),
  });
  const parts = { queue, owed, inFile };
  shelter.queues.set(name, parts);
  return parts;
}

/** Moves to the file what is in memory, and goes back to the file when it has taken everything. */
async function comeBack(shelter: Shelter): Promise<void> {
  const { disk, queues, losses, store, incidents, holder } = shelter;
  if (shelter.isClosed || !disk.isRefusing()) return;
  try {
    await holder.letGoOfDamaged();
    if (!holder.open()) return;
    for (const { owed, inFile } of queues.values()) await owed.pay(inFile());
    for (let count = 1; store.all().length > 0; count = Math.min(MOST_AT_ONCE, 2 * count)) {
      await move(shelter, store.oldest(count));
    }
    for (const name of losses.unreported()) {
      await losses.report(name, (report) => writeToFile(shelter, name, [report]));
    }
    // Last, because what was moved may have been older.
    await holder.file()?.follow(incidents.newest());
    incidents.told();
    disk.recovered();
  } catch (error) {
    disk.refused(asGatewayError(error, shelter));
  }
}

/** Moves to the file what waits on one shelf. */
async function move(shelter: Shelter, entries: readonly Sheltered[]): Promise<void> {
  const shelf = entries[0]?.shelf;
  await shelter.holder.file()?.takeOver(
    shelf,
    entries.map(({ item }) => item),
  );
  if (shelf !== undefined) partsOf(shelter, shelf).queue.moved(entries);
  for (const { item } of entries) shelter.incidents.filed(item.message);
  shelter.store.remove(entries);
}

function asGatewayError(cause: unknown, { path }: Shelter): GatewayError {
  if (cause instanceof GatewayError) return cause;
  return new GatewayError("OUTBOX_UNAVAILABLE", `${path} failed: ${cause}`, { cause });
}

function sayWhatIsLost({ path, store }: Shelter): void {
  const count = store.all().length;
  if (count === 0) return;
  process.emitWarning(`${path} could not be written to the end: ${count} messages are lost`, {
    code: "WHEELTAPPER_OUTBOX_LOST",
  });
}

function inTurn(): Shelter["inTurn"] {
  let last: Promise<unknown> = Promise.resolve();
  return (step) => {
    const done = last.then(step);
    last = done.catch(() => {});
    return done;
  };
}

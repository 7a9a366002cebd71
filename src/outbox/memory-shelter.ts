import type { GatewayMessage } from "../core/gateway-message.ts";
import { GatewayError } from "../errors.ts";
import { closedError } from "./database-error.ts";
import { isDiskTrouble } from "./disk-trouble.ts";
import { type DiskWatch, diskWatch } from "./disk-watch.ts";
import type { FileKeeping, KeptFile } from "./file-outbox.ts";
import { type MemoryIncidents, memoryIncidents } from "./memory-incidents.ts";
import { type MemoryLosses, memoryLosses } from "./memory-losses.ts";
import { type MemoryStore, memoryStore, type Shelf, type Sheltered } from "./memory-store.ts";
import type { OutboxQueue, OutboxStatus } from "./outbox.ts";
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
  readonly open: (keeping: FileKeeping) => KeptFile | GatewayError;
  readonly maxBytes: number;
}

/** Most messages that go from memory to the file at once; one at first, to see whether it takes any. */
const MOST_AT_ONCE = 64;

interface Shelter extends MemoryShelterOptions {
  readonly store: MemoryStore;
  readonly losses: MemoryLosses;
  readonly incidents: MemoryIncidents;
  readonly disk: DiskWatch;
  readonly queues: Map<string, QueueParts>;
  /** Runs a step after all others that were given to it. */
  readonly inTurn: <T>(step: () => Promise<T>) => Promise<T>;
  file: KeptFile | undefined;
  /** How often the file was damaged while it was used, and until when the next one is not begun. */
  isDamaged: boolean;
  damages: number;
  notBeforeMs: number;
  firstNumber: number;
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
  const shelter: Shelter = {
    ...options,
    ...{ losses, incidents, isDamaged: false, damages: 0, notBeforeMs: 0, firstNumber: 1 },
    store: memoryStore({ ...options, incidents, onLoss: losses.count }),
    disk: diskWatch(options.path, () => void shelter.inTurn(() => comeBack(shelter))),
    queues: new Map(),
    inTurn: inTurn(),
    file: undefined,
    isClosed: false,
  };
  openFile(shelter);

  return {
    store: shelter.store,
    incidents,
    status: () => {
      const status = shelter.disk.status();
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
    queueNames: () => [...new Set([...(shelter.file?.queues() ?? []), ...shelter.queues.keys()])],
    file: () => shelter.file,
    async read(step) {
      try {
        return shelter.file && (await step(shelter.file));
      } catch (error) {
        if (!isDiskTrouble(error) || shelter.isClosed) throw error;
        await shelter.inTurn(() => comeBack(shelter));
        return shelter.file && step(shelter.file);
      }
    },
    async close() {
      if (shelter.isClosed) return;
      if (shelter.disk.isRefusing()) await shelter.inTurn(() => comeBack(shelter));
      shelter.isClosed = true;
      shelter.disk.stop();
      sayWhatIsLost(shelter);
      await shelter.file?.close();
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
  const { file, disk, path } = shelter;
  const append = shelf === undefined ? file?.keep : partsOf(shelter, shelf).inFile()?.append;
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
      if (filedIn !== shelter.file || filed === undefined) filed = shelter.file?.queue(name);
      filedIn = shelter.file;
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
  const { disk, queues, losses, store, incidents } = shelter;
  if (shelter.isClosed || !disk.isRefusing()) return;
  try {
    await leaveDamaged(shelter);
    if (!openFile(shelter)) return;
    for (const { owed, inFile } of queues.values()) await owed.pay(inFile());
    for (let count = 1; store.all().length > 0; count = Math.min(MOST_AT_ONCE, 2 * count)) {
      await move(shelter, store.oldest(count));
    }
    for (const name of losses.unreported()) {
      await losses.report(name, (report) => writeToFile(shelter, name, [report]));
    }
    // Last, because what was moved may have been older.
    await shelter.file?.follow(incidents.newest());
    incidents.told();
    disk.recovered();
  } catch (error) {
    disk.refused(asGatewayError(error, shelter));
  }
}

/** Moves to the file what waits on one shelf. */
async function move(shelter: Shelter, entries: readonly Sheltered[]): Promise<void> {
  const shelf = entries[0]?.shelf;
  await shelter.file?.takeOver(
    shelf,
    entries.map(({ item }) => item),
  );
  if (shelf !== undefined) partsOf(shelter, shelf).queue.moved(entries);
  for (const { item } of entries) shelter.incidents.filed(item.message);
  shelter.store.remove(entries);
}

/** Returns whether the file is open. */
function openFile(shelter: Shelter): boolean {
  if (shelter.file !== undefined) return true;
  const { disk, notBeforeMs } = shelter;
  const { error } = disk.status();
  if (error !== undefined && performance.now() < notBeforeMs) {
    disk.refused(error);
    return false;
  }
  const opened = shelter.open({
    onSetAside: disk.setAside,
    onDamage: (error) => damaged(shelter, error),
    firstNumber: shelter.firstNumber,
  });
  if (opened instanceof GatewayError) {
    disk.refused(opened);
    return false;
  }
  shelter.file = opened;
  return true;
}

/** So long after a file was damaged while it was used, and twice as long each time, the next one is not begun: a broken disk must not be filled with what was set aside. */
const DAMAGE_PAUSE_MS = 60_000;

function damaged(shelter: Shelter, error: GatewayError): void {
  if (shelter.isDamaged) return;
  shelter.isDamaged = true;
  shelter.disk.refused(error);
  void shelter.inTurn(() => comeBack(shelter));
}

/** Lets go of a file that was damaged while it was used; opening it salvages what can be read, and sets it aside. */
async function leaveDamaged(shelter: Shelter): Promise<void> {
  if (!shelter.isDamaged) return;
  const { file, damages } = shelter;
  shelter.file = undefined;
  shelter.isDamaged = false;
  shelter.damages += 1;
  // It may not be able to say how far it has counted, and some of its numbers are still being delivered.
  shelter.firstNumber = file?.upcomingNumber() ?? shelter.firstNumber;
  shelter.notBeforeMs =
    damages === 0 ? 0 : performance.now() + DAMAGE_PAUSE_MS * 2 ** (damages - 1);
  await file?.close();
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

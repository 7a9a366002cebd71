/** Messages of one kind that come at an even rate. */
export interface MessageLoad {
  readonly perMinute: number;
  /** Mean length of one as JSON in UTF-8. */
  readonly bytes: number;
}

export interface OutboxPlanOptions {
  readonly eventsPerMinute: number;
  readonly capturesPerMinute: number;
  /** Cells of a window: frames times tags. */
  readonly windowCells: number;
  /** Tags of a window. */
  readonly tags: number;
  /** How long nothing can be delivered. */
  readonly outageHours: number;
  /**
   * Sinks that take each message.
   * @defaultValue 1
   */
  readonly queues?: number;
  /**
   * Length of an event: most of it are its contributions and readings.
   * @defaultValue 500 and 190 for each tag
   */
  readonly eventBytes?: number;
}

/** What an outbox takes of a disk. */
export interface OutboxPlan {
  /** Size of the file after the outage, in bytes; `maxBytes` has to be more. On the disk come 3 MB for log and reserve. */
  readonly bytes: number;
  /** What is written to the disk in a day, delivered or not, in bytes: log, file and deletion. */
  readonly flashBytesPerDay: number;
}

const PAGE_BYTES = 4096;
/** What a row of `message` has beside its payload: numbers, kind and an `id` of some 60 characters. */
const ROW_BYTES = 110;
/** Of each leaf, and of each row in it. */
const LEAF_HEAD_BYTES = 8;
const CELL_HEAD_BYTES = 8;
/** Of each message in the index of names, and of each delivery in both of its trees; pages included that are not quite full. */
const NAME_BYTES = 85;
const DELIVERY_BYTES = 36;
/** Pages that a commit of one message touches beside those of a long payload: leaves of the trees, and once more for the deletion, with the list of free pages. */
const PAGES_TO_APPEND = 6;
const PAGES_TO_DELETE = 7;
/** Pages written to give one page of a long payload back: to the list of free pages, and from there to the disk. */
const PAGES_TO_GIVE_BACK = 2;
/** In the log, a page has a header. */
const LOGGED_PAGE_BYTES = PAGE_BYTES + 24;

/**
 * Says what an outbox needs for an outage, before it comes: pure arithmetic on the layout of the file.
 *
 * @example
 * planOutbox({ eventsPerMinute: 0.1, capturesPerMinute: 4, windowCells: 60 * 20, tags: 20, outageHours: 72 }).bytes;
 */
export function planOutbox(options: OutboxPlanOptions): OutboxPlan {
  const { eventsPerMinute, capturesPerMinute, windowCells, tags, outageHours, queues } = options;
  const { eventBytes = 500 + 190 * tags } = options;
  const loads = [
    { perMinute: eventsPerMinute, bytes: eventBytes },
    { perMinute: capturesPerMinute, bytes: captureBytes(windowCells, tags) },
  ];
  return planLoads(loads, outageHours, queues);
}

/** {@link planOutbox} for rates and lengths that were measured. */
export function planLoads(
  loads: readonly MessageLoad[],
  outageHours: number,
  queues = 1,
): OutboxPlan {
  const sum = (of: (load: MessageLoad) => number): number =>
    loads.reduce((total, load) => total + of(load), 0);
  const perMinute = sum((load) => load.perMinute * besideLeaf(load.bytes, queues));
  const leaves = leafBytes(loads) * sum((load) => load.perMinute);
  return {
    bytes: Math.ceil((perMinute + leaves) * 60 * outageHours),
    flashBytesPerDay: Math.ceil(
      sum(({ perMinute, bytes }) => perMinute * 60 * 24 * writtenBytes(bytes)),
    ),
  };
}

/** Length of a capture with window, normalized window and reconstruction: three times four bytes a cell in base64, and a contribution for each tag. */
export function captureBytes(windowCells: number, tags: number): number {
  return 800 + 3 * Math.ceil((windowCells * 4) / 3) * 4 + 95 * tags;
}

/** What one message takes of the file beside its place in a leaf. */
function besideLeaf(bytes: number, queues: number): number {
  const { overflow } = cellOf(bytes + ROW_BYTES);
  return overflow * PAGE_BYTES + NAME_BYTES + queues * DELIVERY_BYTES;
}

/** So many are laid out to see how well they fill the leaves. */
const TRIAL = 1000;

/**
 * Mean share of the leaves that a message takes. Messages are put one behind the other, and one that does not fit any more begins the
 * next leaf: how much is left empty depends on how the kinds follow each other, so it is tried out.
 */
function leafBytes(loads: readonly MessageLoad[]): number {
  const total = loads.reduce((sum, { perMinute }) => sum + perMinute, 0);
  if (total === 0) return 0;
  const due = loads.map(() => 0);
  let leaves = 0;
  let free = 0;
  for (let laid = 0; laid < TRIAL; laid++) {
    loads.forEach(({ perMinute }, kind) => {
      due[kind] = (due[kind] ?? 0) + perMinute / total;
    });
    const next = due.indexOf(Math.max(...due));
    due[next] = (due[next] ?? 0) - 1;
    const cell = cellOf((loads[next]?.bytes ?? 0) + ROW_BYTES).local + CELL_HEAD_BYTES;
    if (cell > free) {
      leaves += 1;
      free = PAGE_BYTES - LEAF_HEAD_BYTES;
    }
    free -= cell;
  }
  return (leaves * PAGE_BYTES) / TRIAL;
}

/** What one message that is committed alone makes the disk write until it is gone again. */
function writtenBytes(bytes: number): number {
  const { overflow } = cellOf(bytes + ROW_BYTES);
  const logged = PAGES_TO_APPEND + overflow + PAGES_TO_DELETE;
  // A long payload is copied from the log to the file; the other pages are the same ones again and again, and copied once for many.
  return logged * LOGGED_PAGE_BYTES + overflow * PAGE_BYTES * (1 + PAGES_TO_GIVE_BACK);
}

/** How SQLite lays out a row (file format, section 1.6): what stays in the leaf, and pages for the rest. */
function cellOf(payload: number): { readonly local: number; readonly overflow: number } {
  const mostLocal = PAGE_BYTES - 35;
  if (payload <= mostLocal) return { local: payload, overflow: 0 };
  const leastLocal = Math.floor(((PAGE_BYTES - 12) * 32) / 255) - 23;
  const rest = leastLocal + ((payload - leastLocal) % (PAGE_BYTES - 4));
  const local = rest <= mostLocal ? rest : leastLocal;
  return { local, overflow: Math.ceil((payload - local) / (PAGE_BYTES - 4)) };
}

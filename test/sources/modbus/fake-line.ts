import type { ModbusClient, ModbusRead } from "../../../src/sources/modbus/modbus-client.ts";

/** A unit on a fake line; changes count from the next request on. */
export interface FakeUnit {
  takesMs: number;
  /** What it does with a request: an exception code, silence, a hang-up of the whole line; answers otherwise. */
  reaction: (request: ModbusRead) => number | "silent" | "hang up" | undefined;
}

/** A request as the line saw it. */
export interface FakeRequest extends ModbusRead {
  readonly atMs: number;
  readonly timeoutMs: number;
  readonly connection: number;
  outcome: "answered" | "refused" | "silent" | "hung up" | undefined;
}

/** A line at the port, for virtual time: register `n` holds `n`. */
export interface FakeLine {
  readonly units: Readonly<Record<number, FakeUnit>>;
  /** Every request so far. */
  readonly requests: FakeRequest[];
  /** Nothing comes through, and the connection does not notice. */
  isCut: boolean;
  connections(): number;
  open(): number;
  /** Most requests that were ever under way at once. */
  mostAtOnce(): number;
  client(): ModbusClient;
}

export function fakeLine(unitIds: readonly number[], takesMs = 5): FakeLine {
  const units = Object.fromEntries(
    unitIds.map((id): [number, FakeUnit] => [id, { takesMs, reaction: () => undefined }]),
  );
  const requests: FakeRequest[] = [];
  let connections = 0;
  let open = 0;
  let underWay = 0;
  let mostAtOnce = 0;

  const line: FakeLine = {
    units,
    requests,
    isCut: false,
    connections: () => connections,
    open: () => open,
    mostAtOnce: () => mostAtOnce,
    client() {
      connections += 1;
      const connection = connections;
      return {
        async connect() {
          open += 1;
        },
        async read(read, timeoutMs) {
          underWay += 1;
          mostAtOnce = Math.max(mostAtOnce, underWay);
          const atMs = performance.now();
          const request: FakeRequest = { ...read, atMs, timeoutMs, connection, outcome: undefined };
          requests.push(request);
          const unit = units[read.unitId];
          const isLate = !unit || line.isCut || unit.takesMs > timeoutMs;
          const reaction = isLate ? "silent" : unit.reaction(read);
          await sleep(reaction === "silent" || !unit ? timeoutMs : unit.takesMs);
          underWay -= 1;
          return settle(request, reaction);
        },
        close() {
          open -= 1;
        },
      };
    },
  };
  return line;
}

function settle(request: FakeRequest, reaction: ReturnType<FakeUnit["reaction"]>): number[] {
  if (reaction === "silent") {
    request.outcome = "silent";
    throw Object.assign(new Error("Timed out"), { code: "ETIMEDOUT" });
  }
  if (reaction === "hang up") {
    request.outcome = "hung up";
    throw new Error("the device closed the connection");
  }
  if (reaction !== undefined) {
    request.outcome = "refused";
    throw Object.assign(new Error("refused"), { modbusCode: reaction });
  }
  request.outcome = "answered";
  return Array.from({ length: request.count }, (_, index) => request.address + index);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

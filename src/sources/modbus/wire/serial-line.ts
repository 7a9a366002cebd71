import { createRequire } from "node:module";
import { loadPeer } from "../../../load-peer.ts";
import type { SerialLine } from "../modbus-client.ts";
import type { ByteLine, LineListener } from "./byte-line.ts";

/** The part of the package `serialport` that is needed. */
interface SerialPort {
  readonly isOpen: boolean;
  open(done: (failure: Error | null) => void): void;
  write(bytes: Buffer): void;
  close(done: () => void): void;
  on(event: "data", listener: (bytes: Buffer) => void): void;
  on(event: "error" | "close", listener: (cause: Error | null) => void): void;
}

type SerialPortConstructor = new (
  options: Required<SerialLine> & { readonly autoOpen: false },
) => SerialPort;

/**
 * A serial port, held for this process alone.
 *
 * @throws {@link GatewayError} `DEPENDENCY_MISSING` when the package `serialport` is not installed.
 */
export async function serialLine(
  settings: Required<SerialLine>,
  listener: LineListener,
): Promise<ByteLine> {
  const SerialPort = await loadPeer("serialport", loadSerialPort);
  const { path, baudRate, parity, dataBits, stopBits } = settings;
  const port = new SerialPort({ path, baudRate, parity, dataBits, stopBits, autoOpen: false });
  let closed = false;
  const release = () => {
    closed = true;
    if (port.isOpen) port.close(() => {});
  };
  port.on("data", (bytes) => listener.heard(bytes));
  port.on("error", (cause) => {
    listener.lost(new Error(`serial port ${path} failed: ${cause?.message}`, { cause }));
  });
  port.on("close", () => {
    listener.lost(new Error(`serial port ${path} is gone; was the adapter unplugged?`));
  });
  return {
    open: () =>
      new Promise((resolve, reject) => {
        port.open((failure) => {
          if (closed) release(); // it took its time, and nobody wants it any more
          if (failure) reject(whyNotOpened(path, failure));
          else resolve();
        });
      }),
    send: (bytes) => port.write(bytes),
    close: release,
  };
}

/** As modbus-serial sees it: it is that package's optional dependency, and strict package managers hide it from others. */
async function loadSerialPort(): Promise<SerialPortConstructor> {
  const seenFromHere = createRequire(import.meta.url);
  const { SerialPort } = createRequire(seenFromHere.resolve("modbus-serial"))("serialport") as {
    SerialPort: SerialPortConstructor;
  };
  return SerialPort;
}

/** The package tells what happened in its message only. */
const reasons: readonly { readonly sign: RegExp; readonly code: string; readonly text: string }[] =
  [
    {
      sign: /no such file|file not found/i,
      code: "ENOENT",
      text: "there is no such port; is the adapter plugged in?",
    },
    { sign: /lock|busy/i, code: "EBUSY", text: "another program has it open" },
    {
      sign: /permission|denied/i,
      code: "EACCES",
      text: "no permission; on Linux the user must be in the group of the port, often dialout; on Windows another program may have it open",
    },
  ];

function whyNotOpened(path: string, cause: Error): Error {
  const { code, text } = reasons.find(({ sign }) => sign.test(cause.message)) ?? {
    code: "EIO",
    text: cause.message,
  };
  return Object.assign(new Error(`serial port ${path}: ${text}`, { cause }), { code });
}

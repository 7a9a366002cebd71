import { describe, expect, it } from "vitest";
import { createGateway } from "../../src/gateway/create-gateway.ts";
import { openOutbox } from "../../src/outbox/open-outbox.ts";
import { httpSink } from "../../src/sinks/http/http-sink.ts";
import { modbusSource } from "../../src/sources/modbus/modbus-source.ts";
import { opcuaSource } from "../../src/sources/opcua/opcua-source.ts";
import { traceSource } from "../../src/sources/trace/trace-source.ts";

const url = "http://127.0.0.1/events";
const typo: object = { tiemoutMs: 5 };

/** What somebody who writes plain JavaScript can do. */
const mistakes: Readonly<Record<string, () => unknown>> = {
  createGateway: () => createGateway({ name: "g", sources: [], machines: [], ...typo }),
  openOutbox: () => openOutbox("never-made.db", typo),
  httpSink: () => httpSink({ url, ...typo }),
  modbusSource: () => modbusSource({ host: "h", tags: [], ...typo }),
  opcuaSource: () => opcuaSource({ endpointUrl: "opc.tcp://h", tags: [], ...typo }),
  traceSource: () => traceSource("t.csv", typo),
};

describe("an option that nobody knows", () => {
  it.each(Object.keys(mistakes))(
    "is refused by %s, which names it and those there are",
    (owner) => {
      expect(mistakes[owner]).toThrow(
        expect.objectContaining({
          code: "CONFIG_INVALID",
          message: `${owner}: there is no option "tiemoutMs"`,
          hint: expect.stringMatching(/Choose among .+/),
        }),
      );
    },
  );
});

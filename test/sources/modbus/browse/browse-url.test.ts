import { describe, expect, it } from "vitest";
import { parseModbusUrl } from "../../../../src/sources/modbus/browse/browse-url.ts";

describe("the address of a Modbus line", () => {
  it.each([
    ["modbus-tcp://192.168.0.10", { protocol: "tcp", host: "192.168.0.10", port: 502 }],
    [
      "modbus-tcp://plc.works.example:1502/",
      { protocol: "tcp", host: "plc.works.example", port: 1502 },
    ],
    ["modbus-udp://10.0.0.1:503", { protocol: "udp", host: "10.0.0.1", port: 503 }],
    ["modbus-rtu-over-tcp://moxa:4001", { protocol: "rtu-over-tcp", host: "moxa", port: 4001 }],
    ["modbus-tcp://[fe80::1]:502", { protocol: "tcp", host: "fe80::1", port: 502 }],
    [
      "modbus-rtu:///dev/ttyUSB0",
      {
        protocol: "rtu",
        path: "/dev/ttyUSB0",
        baudRate: 19_200,
        parity: "even",
        dataBits: 8,
        stopBits: 1,
      },
    ],
    [
      "modbus-rtu:///dev/serial/by-id/usb-FTDI?baudRate=9600&parity=none",
      {
        protocol: "rtu",
        path: "/dev/serial/by-id/usb-FTDI",
        baudRate: 9600,
        parity: "none",
        dataBits: 8,
        stopBits: 2,
      },
    ],
    [
      "modbus-rtu:COM3?baudRate=38400",
      { protocol: "rtu", path: "COM3", baudRate: 38_400, parity: "even", dataBits: 8, stopBits: 1 },
    ],
    [
      "modbus-rtu:///COM3",
      { protocol: "rtu", path: "COM3", baudRate: 19_200, parity: "even", dataBits: 8, stopBits: 1 },
    ],
  ])("%s", (text, line) => {
    expect(parseModbusUrl(text)).toEqual(line);
  });

  it.each([
    ["modbus://plc", /modbus-tcp:\/\/host:502/],
    ["modbus-tcp://", /modbus-tcp:\/\/host:502/],
    ["modbus-tcp:plc", /modbus-tcp:\/\/host:502/],
    ["modbus-tcp://plc/unit/1", /nothing may follow/],
    ["modbus-tcp://plc?unit=1", /nothing may follow/],
    ["modbus-tcp://plc:0", /port must be a whole number from 1/],
    ["modbus-rtu:///dev/ttyUSB0?baud=9600", /no option "baud"/],
    ["modbus-rtu:///dev/ttyUSB0?baudRate=fast", /baudRate must be a whole number/],
    ["modbus-rtu:///dev/ttyUSB0?parity=some", /parity must be one of none, even, odd/],
    ["modbus-rtu://", /path must name a serial port/],
  ])("refuses %s", (text, message) => {
    expect(() => parseModbusUrl(text)).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID", message: expect.stringMatching(message) }),
    );
  });
});

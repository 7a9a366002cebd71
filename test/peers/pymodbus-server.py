"""A Modbus server on pymodbus, for tests: a stack that this project did not write. Made for pymodbus 3.0.

    pymodbus-server.py tcp|udp|rtu-over-tcp PORT
    pymodbus-server.py rtu DEVICE                  19200 baud, no parity
    pymodbus-server.py check                       says what is missing and ends

Serves unit 1; another unit is answered with exception 11 or not at all. Holding registers 0 to 199 hold their address, 200 to
299 do not exist, and then come the values below; input registers 0 to 98 hold 7, coils alternate 1 and 0, discrete
inputs 0 and 1. Prints "ready" when it listens.
"""
import asyncio
import os
import socket
import struct
import sys
import time

from pymodbus.datastore import (
    ModbusSequentialDataBlock,
    ModbusServerContext,
    ModbusSlaveContext,
    ModbusSparseDataBlock,
)
from pymodbus.server.async_io import (
    StartAsyncSerialServer,
    StartAsyncTcpServer,
    StartAsyncUdpServer,
)
from pymodbus.transaction import ModbusRtuFramer, ModbusSocketFramer

HOST = "127.0.0.1"

VALUES = {
    300: struct.pack(">f", 123.456),
    302: struct.pack(">f", 123.456)[2:] + struct.pack(">f", 123.456)[:2],  # low word first
    304: struct.pack(">f", float("nan")),
    306: struct.pack(">f", float("inf")),
    308: struct.pack(">q", -1234567890123456789),
    312: bytes([0x12, 0x34]),  # 1234 in BCD
    313: b"PUMP-07\0",
}


def memory():
    holding = {address: address for address in range(200)}
    for address, value in VALUES.items():
        for offset, word in enumerate(struct.unpack(f">{len(value) // 2}H", value)):
            holding[address + offset] = word
    unit = ModbusSlaveContext(
        hr=ModbusSparseDataBlock(holding),
        ir=ModbusSequentialDataBlock(0, [7] * 100),
        co=ModbusSequentialDataBlock(0, [1, 0] * 1100),
        di=ModbusSequentialDataBlock(0, [0, 1] * 1100),
        zero_mode=True,
    )
    return ModbusServerContext(slaves={1: unit}, single=False)


async def serve(protocol, place):
    if protocol == "rtu":
        await StartAsyncSerialServer(
            memory(), port=place, baudrate=19200, parity="N", framer=ModbusRtuFramer, timeout=0.05
        )
    elif protocol == "udp":
        await StartAsyncUdpServer(memory(), address=(HOST, int(place)), framer=ModbusSocketFramer)
    else:
        framer = ModbusRtuFramer if protocol == "rtu-over-tcp" else ModbusSocketFramer
        await StartAsyncTcpServer(memory(), address=(HOST, int(place)), framer=framer)


def listens(protocol, place):
    if protocol == "rtu":
        opened = (f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd"))
        return os.path.realpath(place) in (os.path.realpath(link) for link in opened)
    if protocol == "udp":
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.settimeout(0.2)
            asking.sendto(bytes([0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1]), (HOST, int(place)))
            return bool(asking.recv(260))
    with socket.create_connection((HOST, int(place)), 1):
        return True


def announce(protocol, place):
    while True:
        try:
            if listens(protocol, place):
                break
        except OSError:
            pass
        time.sleep(0.02)
    print("ready", flush=True)


async def main(protocol, place):
    serving = asyncio.create_task(serve(protocol, place))
    asyncio.get_running_loop().run_in_executor(None, announce, protocol, place)
    try:
        await serving
    except Exception as failure:  # the thread that announces would keep the process
        print(failure, file=sys.stderr, flush=True)
        os._exit(1)


if sys.argv[1] != "check":
    asyncio.run(main(sys.argv[1], sys.argv[2]))

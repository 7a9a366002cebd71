import {
  AttributeIds,
  ClientMonitoredItem,
  type ClientSession,
  type DataValue,
  StatusCodes,
  TimestampsToReturn,
} from "node-opcua";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createSkid, type Skid } from "../../src/simulator/index.ts";
import { OPCUA_TAGS, type OpcuaServer, serveOpcua } from "../../src/simulator/opcua-server.ts";
import { withSession } from "./opcua-client.ts";

const FLOW = "ns=1;s=PumpSkid.flow";
const MEASURED_MS = Date.UTC(2026, 0, 1);

let skid: Skid;
let server: OpcuaServer;
let url: string;

beforeAll(async () => {
  skid = createSkid();
  server = await serveOpcua("127.0.0.1", 0, skid);
  url = `opc.tcp://127.0.0.1:${server.port}`;
});

afterAll(() => server.close());

async function readProperty(session: ClientSession, nodeId: string, property: string) {
  const path = await session.translateBrowsePath({
    startingNode: nodeId,
    relativePath: { elements: [{ targetName: { name: property } }] },
  });
  const target = path.targets?.[0]?.targetId;
  if (target === undefined) throw new TypeError(`${nodeId} has no ${property}`);
  return (await session.read({ nodeId: target, attributeId: AttributeIds.Value })).value.value;
}

describe("the OPC UA server of the simulator", () => {
  it("serves every tag with its value, and the time it was given", async () => {
    skid.advance(1000);
    server.publish(MEASURED_MS);
    await withSession(url, async (session) => {
      const values = await session.read(OPCUA_TAGS.map(({ nodeId }) => ({ nodeId })));
      expect(values.map(({ value }) => value.value)).toEqual(
        skid.readings.map(({ value }) => value),
      );
      for (const { statusCode, sourceTimestamp } of values) {
        expect(statusCode).toBe(StatusCodes.Good);
        expect(sourceTimestamp?.getTime()).toBe(MEASURED_MS);
      }
    });
  });

  it("tells unit and range of each tag", async () => {
    await withSession(url, async (session) => {
      for (const { nodeId, unit, range } of OPCUA_TAGS) {
        const unitThere = await readProperty(session, nodeId, "EngineeringUnits");
        const rangeThere = await readProperty(session, nodeId, "EURange");
        expect(unitThere.displayName.text).toBe(unit);
        expect([rangeThere.low, rangeThere.high]).toEqual(range);
      }
    });
  });

  it("notifies a subscriber of changes, dropouts and recoveries", async () => {
    await withSession(url, async (session) => {
      const subscription = await session.createSubscription2({
        requestedPublishingInterval: 50,
        publishingEnabled: true,
        requestedLifetimeCount: 1000,
        requestedMaxKeepAliveCount: 20,
      });
      const heard: DataValue[] = [];
      const item = ClientMonitoredItem.create(
        subscription,
        { nodeId: FLOW, attributeId: AttributeIds.Value },
        { samplingInterval: 50, queueSize: 100, discardOldest: true },
        TimestampsToReturn.Both,
      );
      item.on("changed", (value) => heard.push(value));
      const next = async (timeMs: number): Promise<DataValue> => {
        skid.advance(100);
        server.publish(timeMs);
        return vi.waitFor(
          () => {
            const found = heard.find(
              ({ sourceTimestamp }) => sourceTimestamp?.getTime() === timeMs,
            );
            if (found === undefined) throw new Error("not yet");
            return found;
          },
          { timeout: 10_000, interval: 20 },
        );
      };

      const good = await next(MEASURED_MS + 1000);
      expect(good.statusCode).toBe(StatusCodes.Good);

      skid.inject("dropout", 1, { tag: "flow" });
      const bad = await next(MEASURED_MS + 2000);
      expect(bad.statusCode).toBe(StatusCodes.BadSensorFailure);
      expect(bad.value.value).toBe(good.value.value);

      skid.clear("dropout");
      const again = await next(MEASURED_MS + 3000);
      expect(again.statusCode).toBe(StatusCodes.Good);
      expect(again.value.value).not.toBe(good.value.value);
      await subscription.terminate();
    });
  });

  it("lists the active faults", async () => {
    const faultsNow = () =>
      withSession(url, async (session) => {
        server.publish(Date.now());
        return (await session.read({ nodeId: "ns=1;s=PumpSkid.activeFaults" })).value.value;
      });
    expect(await faultsNow()).toEqual([]);
    skid.inject("seal-leak");
    skid.inject("offset", 1, { tag: "tankLevel" });
    expect(await faultsNow()).toEqual(["seal-leak", "offset tankLevel"]);
    skid.clear("seal-leak");
    skid.clear("offset");
  });

  it("lets nobody write", async () => {
    await withSession(url, async (session) => {
      const status = await session.write({
        nodeId: FLOW,
        attributeId: AttributeIds.Value,
        value: { value: { dataType: "Double", value: 1 } },
      });
      expect(status).toBe(StatusCodes.BadNotWritable);
    });
  });

  it("says which port is taken", async () => {
    await expect(serveOpcua("127.0.0.1", server.port, skid)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining(`127.0.0.1:${server.port}`),
    });
  });
});

import type { Observable, OperatorFunction } from "rxjs";
import { describe, expectTypeOf, it } from "vitest";
import {
  type AnomalyEvent,
  alignReadings,
  createGateway,
  type Frame,
  type FrameWindow,
  type GatewayEvent,
  loadModel,
  type Model,
  type Reading,
  type Score,
  type Scorer,
  type Sink,
  type Source,
  scoreWindows,
  slideWindow,
  traceSource,
  trackEvents,
  trainModel,
  type WriteResult,
} from "../../src/index.ts";
import { startSimulator } from "../../src/simulator/index.ts";
import { modbusSource } from "../../src/sources/modbus/index.ts";
import { opcuaSource } from "../../src/sources/opcua/index.ts";

declare const model: Model;
declare const source: Source;

describe("public types", () => {
  it("sources are one contract, and their readings flow through the stages", () => {
    expectTypeOf(modbusSource).returns.toEqualTypeOf<Source>();
    expectTypeOf(opcuaSource).returns.toEqualTypeOf<Source>();
    expectTypeOf(traceSource).returns.toEqualTypeOf<Source>();
    expectTypeOf<Source["readings"]>().toEqualTypeOf<Observable<Reading>>();
    expectTypeOf(alignReadings).returns.toEqualTypeOf<OperatorFunction<Reading, Frame>>();
    expectTypeOf(slideWindow).returns.toEqualTypeOf<OperatorFunction<Frame, FrameWindow>>();
    expectTypeOf(scoreWindows).returns.toEqualTypeOf<OperatorFunction<FrameWindow, Score>>();
    expectTypeOf(trackEvents).returns.toEqualTypeOf<OperatorFunction<Score, AnomalyEvent>>();
    // @ts-expect-error length is required
    slideWindow({ stride: 1 });
  });

  it("models are scorers, whether trained or loaded", () => {
    expectTypeOf(trainModel).returns.resolves.toEqualTypeOf<Model>();
    expectTypeOf(loadModel).returns.resolves.toEqualTypeOf<Model>();
    expectTypeOf<Model>().toExtend<Scorer>();
    // @ts-expect-error a model needs a name
    void trainModel(source, {});
  });

  it("a sink says what became of a batch", () => {
    expectTypeOf<Sink["write"]>().returns.resolves.toEqualTypeOf<WriteResult>();
    expectTypeOf<WriteResult["retry"]>().toEqualTypeOf<readonly number[]>();
  });

  it("a gateway takes sources and machines, and refuses options that it does not know", () => {
    const machines = [{ name: "pump", model }];
    expectTypeOf(
      createGateway({ name: "plant", sources: [source], machines }).events,
    ).toEqualTypeOf<Observable<GatewayEvent>>();
    // @ts-expect-error there is no such option
    createGateway({ name: "plant", sources: [source], machines, sources2: [] });
  });

  it("the simulator's tag maps are options of the sources as they stand", async () => {
    const skid = await startSimulator();
    modbusSource({ host: "127.0.0.1", port: skid.modbusPort, tags: skid.modbusTags });
    opcuaSource({ endpointUrl: skid.opcuaUrl, tags: skid.opcuaTags });
  });
});

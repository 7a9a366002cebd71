import { onTestFinished } from "vitest";
import { type Simulator, startSimulator } from "../../src/simulator/start-simulator.ts";

/** Starts a pump skid on free ports, a load cycle of a minute in two seconds. */
export async function startSkid(): Promise<Simulator> {
  const skid = await startSimulator({ timeScale: 30 });
  onTestFinished(() => skid.stop());
  return skid;
}

import { GatewayError } from "../errors.ts";
import type { Scorer } from "../model/scorer.ts";
import type { SwappableMachine } from "./swappable-machine.ts";

/**
 * Swaps a model in at all machines named, or at none.
 *
 * @throws GatewayError `CONFIG_INVALID` for a machine that is not there, and for a model that one of them could not be started with
 */
export async function swapModels(
  machines: readonly SwappableMachine[],
  wanted: string | readonly string[],
  model: Scorer,
): Promise<void> {
  const names = [...new Set(typeof wanted === "string" ? [wanted] : wanted)];
  const chosen = machines.filter(({ name }) => names.includes(name));
  if (names.length === 0 || chosen.length < names.length) {
    const there = machines.map(({ name }) => name).join(", ");
    throw new GatewayError(
      "CONFIG_INVALID",
      `swapModel: expected one or more machines of the gateway (${there}), got [${names.join(", ")}]`,
    );
  }
  const swaps = chosen.map((machine) => machine.prepareSwap(model));
  await Promise.all(swaps.map((swap) => swap()));
}

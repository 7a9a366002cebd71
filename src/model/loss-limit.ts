/** Epochs before anything is left out: what is normal must be known a little first. */
const WARM_UP_EPOCHS = 2;
/** How many robust standard deviations of the logarithm a loss lies above the others when it is far above them. */
const FAR = 4;
/** Upper quartile of the standard normal distribution. */
const QUARTILE = 0.6745;

/**
 * Above which loss a window teaches nothing in the epoch after this one: when it is far above the rest, and among the
 * share that may be left out.
 *
 * @param losses of the windows of this epoch
 * @returns infinity when nothing is to be left out
 */
export function lossLimitAfter(epoch: number, losses: Float32Array, maxShare: number): number {
  if (maxShare === 0 || epoch < WARM_UP_EPOCHS || losses.length === 0) {
    return Number.POSITIVE_INFINITY;
  }
  const sorted = losses.toSorted();
  const quantile = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number;
  const median = quantile(0.5);
  const spread = Math.log(quantile(0.75) / median) / QUARTILE;
  return Math.max(quantile(1 - maxShare), median * Math.exp(FAR * spread));
}

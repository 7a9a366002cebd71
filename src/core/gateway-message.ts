import type { GatewayEvent } from "./gateway-event.ts";
import type { Label } from "./label.ts";
import type { LossReport } from "./loss-report.ts";
import type { ScoreSummary } from "./score-summary.ts";
import type { WindowCapture } from "./window-capture.ts";

/**
 * Everything that leaves a gateway: events, the windows that people are to label, hourly summaries of the scores, labels, and what
 * had to be dropped. `kind` tells which; `id` and `revision` name one message for ever.
 */
export type GatewayMessage = GatewayEvent | WindowCapture | ScoreSummary | Label | LossReport;

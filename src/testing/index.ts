export { type OutboxHarness, outboxContract } from "./outbox-contract.ts";
export {
  sampleCapture,
  sampleDrift,
  sampleEvent,
  sampleLabel,
  sampleSensorFault,
  sampleSummary,
} from "./sample-messages.ts";
export { type MessageKey, type SinkHarness, sinkContract } from "./sink-contract.ts";
export { type SourceHarness, sourceContract } from "./source-contract.ts";

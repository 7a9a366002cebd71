export { type OutboxHarness, outboxContract } from "./outbox-contract.ts";
export { sampleEvent, sampleSensorFault } from "./sample-event.ts";
export { type MessageKey, type SinkHarness, sinkContract } from "./sink-contract.ts";
export { type SourceHarness, sourceContract } from "./source-contract.ts";

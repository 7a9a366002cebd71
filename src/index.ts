// What flows

export type { MicroBatcherOptions } from "./batching/batcher-options.ts";
export type { Lane, LaneOptions } from "./batching/lane.ts";
export type { MicroBatcher, MicroBatcherHealth } from "./batching/micro-batcher.ts";
export { createMicroBatcher } from "./batching/micro-batcher.ts";
export type { Overload } from "./batching/overload.ts";
export type { AnomalyEvent, EventPhase } from "./core/anomaly-event.ts";
export type { DriftEvent, DriftedTag } from "./core/drift-event.ts";
export type { Frame, FrameWindow } from "./core/frame.ts";
export type { GatewayEvent } from "./core/gateway-event.ts";
export type { GatewayMessage } from "./core/gateway-message.ts";
export type {
  IncidentPattern,
  IncomingLabel,
  Label,
  LabelInput,
  LabelVerdict,
  PatternPart,
} from "./core/label.ts";
export type { LossCount, LossReason, LossReport } from "./core/loss-report.ts";
export type { MessageKind } from "./core/message-kind.ts";
export type {
  Calibration,
  DriftRule,
  EventRule,
  GoldenPair,
  ModelCard,
  ModelIdentity,
  Normalizer,
  OptimizationStep,
  OptimizedFrom,
  PackedFrom,
  Provenance,
  RunningRule,
  SensorProfile,
  TrainingChoice,
} from "./core/model-card.ts";
export type { Quality, Reading } from "./core/reading.ts";
export type { Contribution, Score, Verdict } from "./core/score.ts";
export type { ScoreSummary } from "./core/score-summary.ts";
export type { SensorFault, SensorFaultKind } from "./core/sensor-fault.ts";
export type { Tag } from "./core/tag.ts";
export type { CaptureReason, CaptureTensor, WindowCapture } from "./core/window-capture.ts";
export type { ErrorCode, GatewayErrorOptions } from "./errors.ts";
export { GatewayError } from "./errors.ts";
// The whole
export { createGateway } from "./gateway/create-gateway.ts";
export type { Gateway, GatewayOptions, MachineScore } from "./gateway/gateway.ts";
export type {
  DropReason,
  GatewayCounters,
  GatewayHealth,
  LabelsHealth,
  MachineHealth,
  OpenSensorFault,
  ScoringHealth,
  SinkHealth,
  SourceHealth,
} from "./gateway/health.ts";
export type { MachineOptions } from "./gateway/machine.ts";
export type { CaptureBudget } from "./gateway/machine-truth.ts";
export type { ScoringOptions } from "./gateway/scoring.ts";
// Preparation and detection
export type { ReadingDrop } from "./math/aligner.ts";
export type { OwnWindow } from "./math/score-stream.ts";
export type { SensorFaultMessage, SensorFaultRule } from "./math/sensor-fault-detector.ts";
export type { SensorLimits, SensorLimitsByTag } from "./math/sensor-limits.ts";
export type { Deviation, WindowResult } from "./math/window-result.ts";
// Models
export type { TrainingProgress } from "./model/fit-network.ts";
export type { ModelKind } from "./model/learn/fit-autoencoder.ts";
export type { ExpectedInput, LoadModelOptions } from "./model/load-model.ts";
export { loadModel } from "./model/load-model.ts";
export type { Model } from "./model/model.ts";
export type { OptimizedModel } from "./model/optimize/optimize-model.ts";
export { optimizeModel } from "./model/optimize/optimize-model.ts";
export type { OptimizeModelOptions } from "./model/optimize/optimize-options.ts";
export type {
  AnswerChange,
  BeforeAfter,
  CalibrationChange,
  Latency,
  OptimizeReport,
} from "./model/optimize/optimize-report.ts";
export type { QuantizedMatrices } from "./model/optimize/quantize-graph.ts";
export { packModel } from "./model/pack/pack-model.ts";
export type { PackModelOptions } from "./model/pack/pack-options.ts";
export type { Scaler } from "./model/pack/rescaling.ts";
export { saveModel } from "./model/save-model.ts";
export type { ScoreReadingsOptions } from "./model/score-readings.ts";
export { scoreReadings } from "./model/score-readings.ts";
export type { Reconstruction, Scorer } from "./model/scorer.ts";
export type { ScoringBatch } from "./model/scoring-batch.ts";
export { trainModel } from "./model/train-model.ts";
export type { ReadFramesOptions } from "./model/training-frames.ts";
export { readFrames } from "./model/training-frames.ts";
export type { TimeSpan, TrainingData, TrainModelOptions } from "./model/training-options.ts";
export type { BackOffOptions } from "./outbox/delivery/back-off.ts";
// The way out
export type { DeliveryOrder } from "./outbox/delivery/next-batch.ts";
export type {
  DropCount,
  KindCount,
  OutboxContents,
  QueueContents,
  StoredKind,
} from "./outbox/file/outbox-contents.ts";
export type { FileOutbox, OutboxOptions } from "./outbox/open-outbox.ts";
export { openOutbox } from "./outbox/open-outbox.ts";
export type {
  DeadLetter,
  KeptOptions,
  Outbox,
  OutboxItem,
  OutboxQueue,
  OutboxStatus,
  PeekOptions,
  QueueStats,
  SetAsideFile,
} from "./outbox/outbox.ts";
export type { MessageLoad, OutboxPlan, OutboxPlanOptions } from "./outbox/plan-outbox.ts";
export { planOutbox } from "./outbox/plan-outbox.ts";
export type {
  ForwardStats,
  StoreAndForwardOptions,
  StoreAndForwardSink,
} from "./outbox/store-and-forward.ts";
export { storeAndForward } from "./outbox/store-and-forward.ts";
export type { CloudEvent } from "./sinks/cloud-event.ts";
export { cloudEvent, messageId } from "./sinks/cloud-event.ts";
export type { ConsoleSinkOptions } from "./sinks/console-sink.ts";
export { consoleSink } from "./sinks/console-sink.ts";
export type { FallbackOptions } from "./sinks/fallback.ts";
export { fallback } from "./sinks/fallback.ts";
export { fanOut } from "./sinks/fan-out.ts";
export type { FileSinkOptions } from "./sinks/file/file-sink.ts";
export { fileSink } from "./sinks/file/file-sink.ts";
export type {
  HttpPostOptions,
  HttpPresignOptions,
  HttpSinkOptions,
  Presign,
  PresignedRequest,
  Upload,
} from "./sinks/http/http-options.ts";
export { httpSink } from "./sinks/http/http-sink.ts";
export type { HttpAnswer } from "./sinks/http/refusal.ts";
export type { HttpTls } from "./sinks/http/tls.ts";
export type { Secret } from "./sinks/secret.ts";
export type { Delivery, Rejection, Sink, WriteResult } from "./sinks/sink.ts";
export { ALL_ACCEPTED, ALL_KINDS, EVENT_KINDS } from "./sinks/sink.ts";
export type { Source, SourceState, SourceStatus } from "./sources/source.ts";
// Recordings
export type { OpenTraceOptions } from "./sources/trace/open-trace.ts";
export { openTrace } from "./sources/trace/open-trace.ts";
export type { RecordedSource, RecordTraceOptions } from "./sources/trace/record-trace.ts";
export { recordTrace } from "./sources/trace/record-trace.ts";
export type { RecordingDrop, RecordingStats } from "./sources/trace/recording-ledger.ts";
export type { Trace } from "./sources/trace/trace.ts";
export type { TraceSourceOptions } from "./sources/trace/trace-source.ts";
export { traceSource } from "./sources/trace/trace-source.ts";
export type { AlignReadingsOptions } from "./stream/align-readings.ts";
export { alignReadings } from "./stream/align-readings.ts";
export type { DetectSensorFaultsOptions } from "./stream/detect-sensor-faults.ts";
export { detectSensorFaults } from "./stream/detect-sensor-faults.ts";
export type { MaskSensorFaultsOptions } from "./stream/mask-sensor-faults.ts";
export { maskSensorFaults } from "./stream/mask-sensor-faults.ts";
export type { ScoreWindowsOptions } from "./stream/score-windows.ts";
export { scoreWindows } from "./stream/score-windows.ts";
export type { SlideWindowOptions } from "./stream/slide-window.ts";
export { slideWindow } from "./stream/slide-window.ts";
export type { TrackEventsOptions } from "./stream/track-events.ts";
export { trackEvents } from "./stream/track-events.ts";
export type { DriftReporter, WatchDriftOptions } from "./stream/watch-drift.ts";
export { watchDrift } from "./stream/watch-drift.ts";
export type { CaptureCounts } from "./truth/capture-windows.ts";
// Ground truth
export type { DatasetSummary, ExportDatasetOptions } from "./truth/dataset/export-dataset.ts";
export { exportDataset } from "./truth/dataset/export-dataset.ts";
export type { KeptMessages } from "./truth/dataset/kept-messages.ts";
export type { TrueVerdict } from "./truth/dataset/said-of-windows.ts";
export type { HttpLabelsOptions } from "./truth/http-labels.ts";
export { httpLabels } from "./truth/http-labels.ts";
export type { HeldBack, LabelEffects } from "./truth/label-rules.ts";

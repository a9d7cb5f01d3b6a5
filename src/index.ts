/**
 * C-DSVAE for Node: splits sequences into what stays (s) and what moves (z), without labels.
 *
 * @example
 * import { load, train } from 'cdsvae';
 *
 * const { run } = await train({ data: 'sm-mnist', minutes: 5 });
 * const model = await load(run);
 * const { s, z } = await model.encode(clips);
 */
export type { SpeakerSource } from './data/audio/speakers.js';
export type { Layout as SpeechLayout } from './data/audio/trees.js';
export type { Clip, FeatureClip, VideoClip } from './data/clips/clip.js';
export type { BadFile } from './data/clips/discover.js';
export {
  type ClipsChoices,
  type ClipsOptions,
  type ClipsReport,
  prepareClips,
  type Understood,
} from './data/clips/folder.js';
export type { Plan as ClipsPlan } from './data/clips/plan.js';
export type { OnBadFile, PrepareReport } from './data/clips/prepare.js';
export { fitClip, type ReadClipOptions, readClip } from './data/clips/read.js';
export type { Dataset, Split, SplitName } from './data/dataset.js';
export { type MugOptions, type MugReport, prepareMug } from './data/mug.js';
export { BUILT_IN_DATASETS, type OpenOptions, openDataset } from './data/open.js';
export type { OwnReport } from './data/own-folder.js';
export type { OwnSpeechReport } from './data/own-speech.js';
export { prepareSmMnist, type SmMnistFolderOptions, type SmMnistFolderReport } from './data/sm-mnist-folder.js';
export { prepareSpeech, type SpeechOptions, type SpeechReport } from './data/speech.js';
export { prepareSprites, type SpritesOptions, type SpritesReport } from './data/sprites.js';
export { type DatasetNotes, DatasetWriter, type DatasetWriterOptions, type Splits } from './data/writer.js';
export { EXIT_CODES } from './errors.js';
export { type EvaluateOptions, evaluate } from './evaluate/evaluate.js';
export { type EvaluateModelOptions, evaluateModel } from './evaluate/evaluate-model.js';
export type { Evaluation, Measures } from './evaluate/evaluation.js';
export { loadJudge } from './evaluate/judge/folder.js';
export type { Judge, JudgeAccuracy } from './evaluate/judge/judge.js';
export type { JudgeConfig } from './evaluate/judge/network.js';
export type { JudgeOptions, JudgeProgress } from './evaluate/judge/options.js';
export { type JudgeReport, trainJudge } from './evaluate/judge/train.js';
export * from './evaluate/metrics/index.js';
export type { Changed, Direction, Kept } from './evaluate/protocol/direction.js';
export type { MutualInformationReport } from './evaluate/protocol/mutual-information.js';
export type { Probe } from './evaluate/protocol/probes.js';
export type { Reconstruction } from './evaluate/protocol/reconstruction.js';
export type { Swap } from './evaluate/protocol/swap.js';
export type { Verification } from './evaluate/protocol/verification.js';
export { evaluationTable } from './evaluate/report/table.js';
export * from './everywhere.js';
export { type ClipContext, type OpenClips, openClips, readClips } from './generate/clips.js';
export { type EncodeFilesOptions, encodeFiles } from './generate/encode-files.js';
export { type OutputOptions, writeGenerated } from './generate/outputs.js';
export { encodeAnimation, type PlayOptions, writeAnimation } from './picture/animate.js';
export { encodePng, writePng } from './picture/png.js';
export { createSession } from './runtime/node.js';
export type { SessionOptions } from './runtime/session.js';
export { type ExportOptions, type ExportReport, type ExportSource, exportRun } from './train/export-run.js';
export type { TrainEvent } from './train/loop.js';
export { type Json, type MetricsLine, readMetrics } from './train/metrics-log.js';
export { plannedSettings } from './train/prepare.js';
export { OBJECTIVES, type ObjectiveName, PRESETS, type PresetName } from './train/presets.js';
export { runCurves } from './train/run-curves.js';
export type { Settings } from './train/settings.js';
export { type TrainOptions, type TrainResult, train } from './train/train.js';
export { type ModelExport, type WriteModelOptions, writeModel } from './trained/export.js';
export { type LoadOptions, load, readModel } from './trained/load.js';
export { PRETRAINED, pretrained } from './trained/pretrained.js';
export { readValues } from './trained/read-values.js';

import { basename } from 'node:path';
import { parseDocument } from 'yaml';
import type { Evaluation } from '../../evaluate/evaluation.js';
import type { RunDetail } from '../api.js';

/**
 * What an export tells of a run: names in place of the folders that it, its data and its judge are in, and no problem of theirs. A site is
 * for everyone to see.
 */
export function publicRun({ problem: _, ...run }: RunDetail): RunDetail {
  const { settings, evaluation } = run;
  return {
    ...run,
    settings: settings === '' ? '' : withNamedData(settings),
    evaluation: evaluation && 'found' in evaluation ? { found: withNames(evaluation.found) } : null,
  };
}

/** The text of config.yaml, comments and all. */
function withNamedData(settings: string): string {
  const document = parseDocument(settings);
  document.set('data', basename(String(document.get('data'))));
  return String(document);
}

/** What was left out, and warnings of the run, say what folder to give a command, and are not told. */
function withNames(evaluation: Evaluation): Evaluation {
  const { model, judge } = evaluation;
  return {
    ...evaluation,
    model: { ...model, folder: basename(model.folder) },
    judge: judge && { ...judge, folder: basename(judge.folder) },
    leftOut: [],
    warnings: evaluation.warnings.filter((warning) => !warning.includes(model.folder)),
  };
}

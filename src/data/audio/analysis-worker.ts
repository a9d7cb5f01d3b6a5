/** A thread that surveys and extracts recordings. */
import { parentPort } from 'node:worker_threads';
import { faultOf } from '../../thread-fault.js';
import { type ExtractTask, extract, type SurveyTask, survey } from './analyze.js';

parentPort!.on('message', async (task: SurveyTask | ExtractTask) => {
  try {
    const result = task.kind === 'survey' ? await survey(task) : await extract(task);
    const buffers = 'sequences' in result ? [result.sequences.buffer, result.conversions.buffer] : [];
    parentPort!.postMessage({ result }, buffers as ArrayBuffer[]);
  } catch (cause) {
    parentPort!.postMessage({ error: faultOf(cause) });
  }
});

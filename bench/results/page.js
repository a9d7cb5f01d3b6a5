/** Writes docs/results.md from the results in docs/results, and nothing else: `npm run results:page`. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { summarize } from '../../dist/evaluate/metrics/summary.js';
import { PAPER_BATCHES, PAPER_GENERATION } from '../../dist/evaluate/report/paper.js';
import { writeAtomic } from '../../dist/formats/durable.js';
import { DOCS, markdownTable } from '../document.js';
import { isOfPreset, RESULTS, readResults } from './row-file.js';
import { DATA, LINES, lengthOf, nameOf, OBJECTIVES, ROWS, rowsOf, VARIANTS } from './rows.js';

const TITLES = { sprites: 'Sprites', 'sm-mnist': 'SM-MNIST' };
/** What one must know to read the rows of a data set. */
const REMARKS = {
  'sm-mnist': [
    'Objects at positions (`model.objects`) say *s* by glimpses that have no order: shuffled frames give the same *s* by construction, and without',
    'content augmentation only the contrast with other sequences is left out. Every row has objects, DSVAE too, so that rows differ less than the paper’s,',
    'but one whose frames are drawn whole, as the paper’s are. Judged are the smaller and the larger digit, each a label of its own: H(y) of real',
    'pairs is 2.113 at most, and more is not better. What the paper’s judge was asked for is not known, so IS and H(y) are not of one kind with its.',
    '',
  ],
};
const NONE = '–';
/** Marks rows that the preset, as it is now, would not make again. */
const EARLIER_MARK = ' †';
const EARLIER = '† Made by an earlier version of the preset, which the commit of the row has.';

/** @param results folder of the results; the page links to docs/results whatever it is */
export function writePage(results = RESULTS, out = join(DOCS, 'results.md')) {
  writeAtomic(out, `${pageOf(readResults(results)).join('\n')}\n`);
}

function pageOf(results) {
  return [
    '# Results',
    '',
    'Written by `npm run results:page` from the files in docs/results, which `npm run results` makes: it trains and evaluates each row',
    'that is missing, and goes on where it was stopped. Nothing here is typed by hand.',
    '',
    'Every row is trained from nothing at the compact preset, for as long as its name says. Minutes are those that passed, and',
    'the note of a row says what else the machine did in them.',
    'Where there are several seeds, figures are their mean ± standard deviation.',
    'The paper’s figures are of its own, larger model.',
    ...([...results.values()].every(isOfPreset) ? [] : [EARLIER]),
    ...DATA.flatMap((data) => dataSection(results, data)),
    ...batchSection(results),
    ...rowsSection(results),
  ];
}

function dataSection(results, data) {
  const lines = [...LINES.objectives, ...LINES.long]
    .filter((line) => line.data === data)
    .map((line) => ({ line, found: resultsOf(results, line), paper: paperOf(line) }))
    .filter(({ found }) => found.length > 0);
  if (lines.length === 0) return ['', `## ${TITLES[data]}`, '', 'No row has been run yet.'];
  const evaluations = lines.flatMap(({ found }) => found.map((r) => r.evaluation));
  const { fixed } = PAPER_GENERATION[data];
  const [kept, drawn] = fixed === 'static' ? ['s', 'z'] : ['z', 's'];
  const what = fixed === 'dynamic' ? 'action' : 'pair of digits';
  return [
    '',
    `## ${TITLES[data]}`,
    '',
    ...judged(evaluations),
    ...(REMARKS[data] ?? []),
    `*${kept}* of a test sequence kept, *${drawn}* drawn from the prior: is the ${what} still right? This is the paper’s table, its rows beside ours.`,
    '',
    ...markdownTable(
      [...RUN_HEAD, 'Acc %', 'paper', 'IS', 'paper', 'H(y\\|x)', 'paper', 'H(y)', 'paper'],
      lines.map(({ line, found, paper }) => [
        ...runCells(line, found),
        ...paperMeasures(found, fixed).flatMap((cell, i) => [cell, paper?.[i] ?? NONE]),
      ]),
    ),
    '',
    'What the paper does not print: labels kept and lost in the other direction, swaps in which every label must be right, and the mean',
    'squared error of a value of reconstructions.',
    '',
    ...otherTable(lines, fixed === 'static' ? 'dynamic' : 'static'),
    ...leakTable(lines),
  ];
}

function judged(evaluations) {
  const said = new Set(
    evaluations.map(({ data, repeats, judge }) => {
      const right = judge.factors.map((f, k) => `${f} ${percent(judge.accuracy.factors[k])}`).join(', ');
      return `On ${data.sequences} ${data.split} sequences, ${repeats} times; the judge is right on ${judge.accuracy.sequences} real ones in ${right} %.`;
    }),
  );
  return [...said].flatMap((text) => [text, '']);
}

const RUN_HEAD = ['objective', 'seeds', 'batch', 'steps', 'minutes'];

function runCells(line, found) {
  const all = rowsOf(line).length;
  const { objective, variant } = line;
  const name = [
    objective,
    ...(variant === undefined ? [] : [VARIANTS[variant].title]),
    ...(LINES.long.includes(line) ? [lengthOf(line).join(' ')] : []),
  ].join(', ');
  const distinct = (key) => [...new Set(found.map((r) => r.trained[key]))].join(', ');
  return [
    marked(name, found),
    found.length === all ? `${all}` : `${found.length} of ${all}`,
    distinct('batch'),
    distinct('steps'),
    mean(found.map((r) => r.trained.minutes)).toFixed(1),
  ];
}

function marked(text, found) {
  return found.every(isOfPreset) ? text : `${text}${EARLIER_MARK}`;
}

/** Acc, IS, H(y|x) and H(y) of the labels that the paper judges: all of the factor kept, at once. */
function paperMeasures(found, fixed) {
  const of = (measure) => found.map((r) => directionOf(r, fixed)?.kept.at(-1)[measure].mean);
  return [percents(of('accuracy')), spread(of('score'), 3), spread(of('conditional'), 3), spread(of('marginal'), 3)];
}

function otherTable(lines, fixed) {
  const first = lines.flatMap(({ found }) => found).map((r) => directionOf(r, fixed))[0];
  const columns = [
    ...(first?.kept ?? []).map(({ factor }, i) => ({
      name: `${factor}, kept %`,
      of: (found) => percents(found.map((r) => directionOf(r, fixed)?.kept[i]?.accuracy.mean)),
    })),
    ...(first?.changed ?? []).map(({ factor, chance }, i) => ({
      name: `${factor}, drawn anew % (chance ${percent(chance)})`,
      of: (found) => percents(found.map((r) => directionOf(r, fixed)?.changed[i]?.accuracy.mean)),
    })),
    { name: 'swap %', of: (found) => percents(found.map((r) => r.evaluation.swap?.accuracy.mean)) },
    {
      name: 'squared error',
      of: (found) =>
        spread(
          found.map((r) => r.evaluation.reconstruction.errorPerValue),
          5,
        ),
    },
  ];
  return markdownTable(
    ['objective', ...columns.map((c) => c.name)],
    lines.map(({ line, found }) => [runCells(line, found)[0], ...columns.map((c) => c.of(found))]),
  );
}

/** What linear probes read of each label from the factor that should not hold it. */
function leakTable(lines) {
  const probes = lines.flatMap(({ found }) => found).map((r) => r.evaluation.probes ?? [])[0] ?? [];
  if (probes.length === 0) return [];
  const wrong = ({ type }) => (type === 'static' ? 'z' : 's');
  return [
    '',
    'What a linear probe reads of each label where it should not be, however little the decoder makes of it:',
    '',
    ...markdownTable(
      ['objective', ...probes.map((p) => `${p.factor} from ${wrong(p)} %`)],
      lines.map(({ line, found }) => [
        runCells(line, found)[0],
        ...probes.map((probe, i) =>
          percents(found.map((r) => r.evaluation.probes[i]?.[wrong(probe) === 's' ? 'fromS' : 'fromZ'])),
        ),
      ]),
    ),
  ];
}

function batchSection(results) {
  return [
    '',
    '## Sequences in a step',
    '',
    'Table 9 of the paper asks how much the batch matters, on TIMIT, with equal error rates on *s* (low is good) and *z* (high is good). Here',
    'it is asked at equal numbers of sequences, of which a larger batch makes fewer steps; the first line of each data set is the preset’s batch.',
    '',
    ...markdownTable(
      [
        'data',
        'batch',
        'seeds',
        'steps',
        'minutes',
        'Acc %',
        'IS',
        'swap %',
        'squared error',
        'paper, TIMIT: s %',
        'z %',
      ],
      LINES.batches.flatMap((line) => {
        const found = resultsOf(results, line);
        if (found.length === 0) return [];
        const [, seeds, batch, ...length] = runCells(line, found);
        const [accuracy, score] = paperMeasures(found, PAPER_GENERATION[line.data].fixed);
        const paper = PAPER_BATCHES.find((row) => row.batch === line.batch);
        return [
          [
            marked(TITLES[line.data], found),
            ...[batch, seeds, ...length, accuracy, score],
            percents(found.map((r) => r.evaluation.swap?.accuracy.mean)),
            spread(
              found.map((r) => r.evaluation.reconstruction.errorPerValue),
              5,
            ),
            ...(paper ? [paper.s.toFixed(2), paper.z.toFixed(2)] : [NONE, NONE]),
          ],
        ];
      }),
    ),
  ];
}

/** Every row: how it was made, or that it was not. */
function rowsSection(results) {
  const made = [...ROWS.keys()].filter((name) => results.has(name)).map((name) => results.get(name));
  const missing = [...ROWS.keys()].filter((name) => !results.has(name));
  return [
    '',
    '## How each row was made',
    '',
    'The file of a row holds every command that was begun for it, each with its commit and date, and the whole evaluation.',
    '',
    ...(made.length === 0
      ? []
      : [
          ...markdownTable(
            ['row', 'commands', 'commits', 'minutes', 'machine', 'date', 'note'],
            made.map((r) => [
              `[${nameOf(r.row)}](results/${nameOf(r.row)}.json)`,
              trainedBy(r),
              [...new Set(r.commands.map(({ commit }) => commit.slice(0, 7)))].join(', '),
              r.trained.minutes.toFixed(1),
              cell(r.machine),
              r.date.slice(0, 10),
              cell(r.note ?? ''),
            ]),
          ),
          '',
        ]),
    ...(missing.length === 0 ? [] : [`Not yet run: ${missing.join(', ')}.`]),
  ];
}

/** The commands that trained a row; one that was stopped and begun again stands once. */
function trainedBy({ commands }) {
  const all = new Set(commands.map(({ command }) => command).filter((command) => command.startsWith('cdsvae train ')));
  return [...all].map((command) => `\`${cell(command)}\``).join(', then ');
}

function resultsOf(results, line) {
  return rowsOf(line).flatMap((row) => results.get(nameOf(row)) ?? []);
}

function directionOf({ evaluation }, fixed) {
  return fixed === 'static' ? evaluation.staticFixed : evaluation.dynamicFixed;
}

function paperOf({ data, objective }) {
  const row = PAPER_GENERATION[data].rows.find(({ method }) => method === OBJECTIVES[objective]);
  return row && [row.accuracy.toFixed(2), ...[row.score, row.conditional, row.marginal].map((v) => v.toFixed(3))];
}

function percents(shares) {
  return spread(
    shares.map((share) => share && 100 * share),
    2,
  );
}

/** Mean, and of several the standard deviation, of the values that there are. */
function spread(values, digits) {
  const there = values.filter((v) => v !== undefined);
  if (there.length === 0) return NONE;
  const { mean, deviation } = summarize(there);
  return `${mean.toFixed(digits)}${there.length > 1 ? ` ± ${deviation.toFixed(digits)}` : ''}`;
}

function mean(values) {
  return summarize(values).mean;
}

function percent(share) {
  return (100 * share).toFixed(2);
}

/** Text that stays in its cell. */
function cell(text) {
  return text.replaceAll('|', '\\|').replace(/\s+/g, ' ');
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({ options: { results: { type: 'string' }, out: { type: 'string' } } });
  try {
    writePage(values.results, values.out);
  } catch (error) {
    process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = 2;
  }
}

/** The curves of a run: what they are called, and which belong together. */
export interface Term {
  /** As the log has it. */
  readonly key: string;
  readonly name: string;
  /** For those who wonder. */
  readonly about: string;
}

export interface TermGroup {
  readonly name: string;
  readonly terms: readonly Term[];
}

const TERM_GROUPS: readonly TermGroup[] = [
  {
    name: 'Loss',
    terms: [
      { key: 'loss', name: 'Loss', about: 'all terms by their weights' },
      { key: 'reconstruction', name: 'Reconstruction', about: 'what the decoder gets wrong, a sequence' },
    ],
  },
  {
    name: 'Divergence from the prior',
    terms: [
      { key: 'klStatic', name: 'KL of s', about: 'nats that s says of a sequence' },
      { key: 'klDynamic', name: 'KL of z', about: 'nats that the trajectory z says of a sequence' },
    ],
  },
  {
    name: 'Mutual information',
    terms: [
      { key: 'contrastiveStatic', name: 'I(s; x), contrastive', about: 'by views with shuffled frames' },
      { key: 'contrastiveDynamic', name: 'I(z; x), contrastive', about: 'by views of another style' },
      { key: 'mwsStaticData', name: 'I(s; x)', about: 'minibatch-weighted sampling' },
      { key: 'mwsDynamicData', name: 'I(z; x)', about: 'minibatch-weighted sampling' },
      { key: 'mwsStaticDynamic', name: 'I(s; z)', about: 'minibatch-weighted sampling, by trajectory' },
      { key: 'mwsStaticDynamicFrame', name: 'I(s; z) by frame', about: 'minibatch-weighted sampling, by frame' },
    ],
  },
  {
    name: 'Optimizer',
    terms: [
      { key: 'learningRate', name: 'Learning rate', about: '' },
      { key: 'gradientNorm', name: 'Gradient', about: 'its norm' },
      { key: 'seconds', name: 'Seconds a step', about: '' },
    ],
  },
];

/** The groups, and a last one for terms that a newer version may log. */
export function groupTerms(keys: Iterable<string>): TermGroup[] {
  const left = new Set(keys);
  const groups = TERM_GROUPS.map(({ name, terms }) => ({ name, terms: terms.filter((t) => left.delete(t.key)) }));
  groups.push({ name: 'Other', terms: [...left].map((key) => ({ key, name: key, about: '' })) });
  return groups.filter((g) => g.terms.length > 0);
}

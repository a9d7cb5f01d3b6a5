/**
 * Results of the paper: Bai, Wang and Gomes, "Contrastively Disentangled Sequential Variational Autoencoder", NeurIPS 2021,
 * Tables 1 to 9 (arXiv 2110.12091), to stand beside ours. Accuracies and error rates in per cent, entropies in nats, as printed.
 */

/** A row of generation: accuracy of the label that is kept. */
export interface PaperGeneration {
  readonly method: string;
  readonly accuracy: number;
  readonly score: number;
  readonly conditional: number;
  readonly marginal: number;
}

/** A row of speech: equal error rate on s and on z. */
export interface PaperVerification {
  readonly method: string;
  readonly s: number;
  readonly z: number;
}

const row = (
  method: string,
  accuracy: number,
  score: number,
  conditional: number,
  marginal: number,
): PaperGeneration => ({
  method,
  accuracy,
  score,
  conditional,
  marginal,
});

/** `fixed` is the factor kept, the other one is drawn. */
export const PAPER_GENERATION: Readonly<
  Record<string, { readonly fixed: 'static' | 'dynamic'; readonly rows: readonly PaperGeneration[] }>
> = {
  sprites: {
    fixed: 'dynamic',
    rows: [
      row('MoCoGAN', 92.89, 8.461, 0.09, 2.192),
      row('DSVAE', 90.73, 8.384, 0.072, 2.192),
      row('R-WAE', 98.98, 8.516, 0.055, 2.197),
      row('S3VAE', 99.49, 8.637, 0.041, 2.197),
      row('C-DSVAE', 99.99, 8.871, 0.014, 2.197),
    ],
  },
  mug: {
    fixed: 'dynamic',
    rows: [
      row('MoCoGAN', 63.12, 4.332, 0.183, 1.721),
      row('DSVAE', 54.29, 3.608, 0.374, 1.657),
      row('R-WAE', 71.25, 5.149, 0.131, 1.771),
      row('S3VAE', 70.51, 5.136, 0.135, 1.76),
      row('C-DSVAE', 81.16, 5.341, 0.092, 1.775),
      row('C-DSVAE, all MWS', 66.25, 4.796, 0.175, 1.743),
    ],
  },
  'sm-mnist': {
    fixed: 'static',
    rows: [
      // H(y) of MoCoGAN as it is printed; it does not go with its IS.
      row('MoCoGAN', 74.55, 4.078, 0.194, 0.191),
      row('DSVAE', 88.19, 6.21, 0.185, 2.011),
      row('R-WAE', 94.65, 6.94, 0.163, 2.147),
      row('S3VAE', 95.09, 7.072, 0.15, 2.106),
      row('C-DSVAE', 97.84, 7.163, 0.145, 2.176),
      row('C-DSVAE without content augmentation', 92.02, 6.36, 0.184, 2.083),
      row('C-DSVAE without motion augmentation', 95.25, 6.471, 0.175, 2.093),
      row('C-DSVAE, all MWS', 91.81, 6.312, 0.205, 2.107),
    ],
  },
};

/** The paper's rows on the data of an evaluation; those of before `corpus` was written go by the name. */
export function paperGeneration({ name, corpus = name }: { readonly name: string; readonly corpus?: string | null }) {
  return corpus !== null && Object.hasOwn(PAPER_GENERATION, corpus) ? PAPER_GENERATION[corpus] : undefined;
}

/** On TIMIT. Verification on other speech is of the same kind, its figures are not to be compared one by one. */
export const PAPER_VERIFICATION: readonly PaperVerification[] = [
  { method: 'FHVAE', s: 5.06, z: 22.77 },
  { method: 'DSVAE', s: 5.64, z: 19.2 },
  { method: 'R-WAE', s: 4.73, z: 23.41 },
  { method: 'S3VAE', s: 5.02, z: 25.51 },
  { method: 'C-DSVAE', s: 4.03, z: 31.81 },
  { method: 'C-DSVAE without content augmentation', s: 5.09, z: 24.3 },
  { method: 'C-DSVAE without motion augmentation', s: 4.31, z: 31.09 },
];

/** The paper's rows of verification, which are of speakers and on TIMIT; none beside anything else. */
export function paperVerification(found: readonly { readonly factor: string }[]): typeof PAPER_VERIFICATION {
  return found.some(({ factor }) => factor === 'speaker') ? PAPER_VERIFICATION : [];
}

/** C-DSVAE on TIMIT by sequences in a step (Table 9). */
export const PAPER_BATCHES: readonly (Omit<PaperVerification, 'method'> & { readonly batch: number })[] = [
  { batch: 64, s: 4.21, z: 30.23 },
  { batch: 128, s: 4.07, z: 31.42 },
  { batch: 256, s: 4.03, z: 31.81 },
];

/**
 * A model's stated shapes as they are stated now. Those of earlier versions name the coder: the paper's is no longer named, another is
 * left for the reader to refuse.
 */
export function asStatedNow(model: unknown): unknown {
  if (typeof model !== 'object' || model === null) return model;
  const former = [
    ['encoder', 'dense'],
    ['decoder', 'concatenated'],
  ];
  return Object.fromEntries(
    Object.entries(model).filter(([key, value]) => !former.some(([k, v]) => k === key && v === value)),
  );
}

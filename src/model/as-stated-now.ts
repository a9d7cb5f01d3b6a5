/**
 * A model's stated shapes as they are stated now. Those of earlier versions name the coder: the paper's is no longer named, another is
 * left for the reader to refuse. Objects were things.
 */
export function asStatedNow(model: unknown): unknown {
  if (typeof model !== 'object' || model === null) return model;
  const former = [
    ['encoder', 'dense'],
    ['decoder', 'concatenated'],
  ];
  return Object.fromEntries(
    Object.entries(model)
      .filter(([key, value]) => !former.some(([k, v]) => k === key && v === value))
      .map(([key, value]) => [key === 'things' ? 'objects' : key, value]),
  );
}

/** A model's arrays by the names they have now: in earlier versions what sees and draws objects was `look` and `decoder.thing`. */
export function asNamedNow<T>(arrays: ReadonlyMap<string, T>): Map<string, T> {
  const now = (name: string) => name.replace(/^look\./, 'glimpse.').replace(/^decoder\.thing\./, 'decoder.object.');
  return new Map([...arrays].map(([name, array]) => [now(name), array]));
}

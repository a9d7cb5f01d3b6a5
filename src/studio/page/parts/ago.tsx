import { useEffect, useState } from 'preact/hooks';
import { formatAgo } from './words.js';

/** Seconds between two looks at the clock: those that `just now` lasts. */
const LOOK = 20;

/** How long ago something was, also while nothing else on the page changes. */
export function Ago({ time }: { readonly time: number }) {
  const [, look] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => look((n) => n + 1), LOOK * 1000);
    return () => clearInterval(timer);
  }, []);
  return <>{formatAgo(time)}</>;
}

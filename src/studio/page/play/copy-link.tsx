import { useState } from 'preact/hooks';

/** Copies the address, which says what is seen; `whole`: all of it. */
export function CopyLink({ whole }: { readonly whole: boolean }) {
  const [note, set] = useState('');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(location.href);
      set(whole ? 'Copied' : 'Copied; files that were dropped are not in it');
    } catch {
      set('Copy it from the address bar');
    }
  };
  return (
    <span class="field">
      <button type="button" class="quiet" onClick={copy}>
        Copy link to this view
      </button>
      <span class="muted" role="status">
        {note}
      </span>
    </span>
  );
}

import { useEffect } from 'preact/hooks';

/** Keeps a file that is dropped beside a clip from being opened by the browser, which would leave the page and all that is in hand. */
export function useStrayFilesStopped(): void {
  useEffect(() => {
    const stop = (event: DragEvent) => {
      // A clip has taken it, or it is no file.
      if (event.defaultPrevented || !event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = 'none';
    };
    addEventListener('dragover', stop);
    addEventListener('drop', stop);
    return () => {
      removeEventListener('dragover', stop);
      removeEventListener('drop', stop);
    };
  }, []);
}

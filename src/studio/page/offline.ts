let asked = false;

/**
 * Lets an export work without a network from now on. Called once what is seen has been loaded, so that keeping the files does
 * not compete with it. Pages that came neither by HTTPS nor from this machine cannot, and work all the same.
 */
export function keepOffline(): void {
  if (asked || !('serviceWorker' in navigator)) return;
  asked = true;
  // Its last line changes with the site. A copy of it that the browser kept would hide that.
  const options = { updateViaCache: 'none' } as const;
  navigator.serviceWorker.register(new URL('service-worker.js', document.baseURI), options).catch(() => {});
}

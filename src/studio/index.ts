/** The studio's two ends in Node: a server for the page, and the page as files. */
export { exportStudio, type StudioExport } from './server/export.js';
export { type RunningStudio, serveStudio } from './server/serve.js';

/** The folder of an exported site: which of its files are the export's, and how an export takes the place of an earlier one. */
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { CdsvaeError } from '../../errors.js';
import { removeEmpty, writeAtomic } from '../../formats/durable.js';
import { writeFailure } from '../../formats/system-errors.js';

/** Lists the files of the site; the service worker reads it. */
const FILE_LIST = 'files.json';
const FORMAT = 'cdsvae site 1';
/** In the folder itself, so that it is on the same disk; hidden, so that it is in nobody's way after a kill. */
const STAGING = '.saving-site';

/** Below the folder, and never hidden: a list from elsewhere cannot make an export remove anything else; see also {@link refuseLinks}. */
const PATH = /^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/;

const SiteList = z.object({
  format: z.literal(FORMAT),
  /** Changes with the files. */
  revision: z.string(),
  /** To be kept for use without a network. */
  files: z.array(z.string().regex(PATH)),
  /** The site's other files, this list apart. */
  others: z.array(z.string().regex(PATH)),
});

/** What stands in the list but the mark of the format. Paths are with slashes, from the folder. */
export type SiteFiles = Omit<z.infer<typeof SiteList>, 'format'>;

/**
 * Writes a site into a folder. Of an earlier site there, every file is replaced or removed; what the user has put beside it,
 * such as `.git` and `CNAME`, stays as it is.
 *
 * The site is first written whole into a hidden folder: if that fails, or the process is killed, the earlier site stands
 * unchanged. Then its files are moved into place, one by one. Killed among those, the folder holds files of both, but its
 * list names them all, so that the same export once more makes it whole.
 *
 * @param folder is made where there is none
 * @param write writes the files into the folder it is given, and says which they are
 * @returns `result`, as `write` gave it
 * @throws CdsvaeError `usage`: the folder holds other things but no site, or one of them is in the way; `io`: cannot be
 *   written
 */
export async function writeSite<T>(
  folder: string,
  write: (into: string) => Promise<{ site: SiteFiles; result: T }>,
): Promise<T> {
  const staging = join(folder, STAGING);
  try {
    const earlier = earlierFiles(folder);
    refuseLinks(folder, earlier);
    const made = mkdirSync(folder, { recursive: true }) !== undefined;
    try {
      rmSync(staging, { recursive: true, force: true });
      mkdirSync(staging);
      const { site, result } = await write(staging);
      putInPlace(staging, folder, site, earlier);
      return result;
    } finally {
      rmSync(staging, { recursive: true, force: true });
      if (made) removeEmpty(folder);
    }
  } catch (cause) {
    throw writeFailure(folder, cause);
  }
}

/** The files of the site in a folder, none where there is nothing in sight. @throws CdsvaeError `usage`: other things */
function earlierFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  if (!statSync(folder).isDirectory()) throw new CdsvaeError('usage', `${folder}: a file; give a folder`);
  const list = join(folder, FILE_LIST);
  try {
    const { files, others } = SiteList.parse(JSON.parse(readFileSync(list, 'utf8')));
    return [...files, ...others];
  } catch {
    // A new checkout has nothing but `.git`.
    const found = readdirSync(folder).filter((name) => !name.startsWith('.'));
    if (found.length === 0) return [];
    throw new CdsvaeError(
      'usage',
      `${folder}: holds other things than an earlier export (${found.slice(0, 3).join(', ')}); give another folder`,
    );
  }
}

/** Refuses folders that lead elsewhere, where what a list names would be another's. @throws CdsvaeError `usage` */
function refuseLinks(folder: string, files: readonly string[]): void {
  for (const file of files) {
    for (let path = dirname(file); path !== '.'; path = dirname(path)) {
      const found = join(folder, path);
      if (lstatSync(found, { throwIfNoEntry: false })?.isSymbolicLink()) {
        throw new CdsvaeError('usage', `${found}: a link, where an export has a folder; remove it`);
      }
    }
  }
}

function putInPlace(staging: string, folder: string, site: SiteFiles, earlier: readonly string[]): void {
  const files = [...site.files, ...site.others];
  refuseLinks(folder, files);
  const known = new Set(earlier);
  for (const file of files) {
    if (!known.has(file) && isTaken(join(folder, file))) {
      throw new CdsvaeError('usage', `${join(folder, file)}: not of the earlier export, and in its way; move it`);
    }
  }
  const list = (of: SiteFiles) =>
    writeAtomic(join(folder, FILE_LIST), JSON.stringify(SiteList.parse({ ...of, format: FORMAT })));
  // Whatever stands here from now on is known to be the export's.
  list({ revision: site.revision, files: [...new Set([...files, ...earlier])], others: [] });
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    renameSync(join(staging, file), join(folder, file));
  }
  const kept = new Set(files);
  for (const file of earlier) {
    if (kept.has(file)) continue;
    rmSync(join(folder, file), { force: true });
    for (let path = dirname(file); path !== '.'; path = dirname(path)) if (!removeEmpty(join(folder, path))) break;
  }
  list(site);
}

/** Whether anything stands at a path, or a file where one of its folders would be. */
function isTaken(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

import { Document, isMap, isScalar, parse, type YAMLMap } from 'yaml';
import { z } from 'zod';
import { CdsvaeError } from '../errors.js';
import { checkSettings, Settings } from './settings.js';

/** Settings as the text of config.yaml: every one of them, with what it is and may be, below a heading. */
export function formatSettings(
  settings: Settings,
  heading = 'Every setting of this run. Go on with it: cdsvae train --resume --out <this folder>',
): string {
  const document = new Document(settings);
  document.commentBefore = ` ${heading}`;
  explain(document.contents as YAMLMap, z.toJSONSchema(Settings) as Described);
  return document.toString({ lineWidth: 0 });
}

/** What a JSON schema says of a value. */
interface Described {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Described>>;
  readonly anyOf?: readonly Described[];
  readonly enum?: readonly unknown[];
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Puts before each setting what it is. */
function explain(map: YAMLMap, { properties = {} }: Described): void {
  for (const { key, value } of map.items) {
    if (!isScalar(key)) continue;
    const schema = properties[String(key.value)] ?? {};
    if (isMap(value)) {
      key.spaceBefore = true;
      explain(value, schema);
    } else if (schema.description !== undefined) key.commentBefore = ` ${schema.description}${bounds(schema)}`;
  }
}

/** What a setting may be: ` [1 to 512]`, ` [0 or more]`. A bound of a million or above is there against slips, and nothing to know. */
function bounds({ anyOf, enum: choices, type, minimum, maximum }: Described): string {
  if (anyOf) return bounds(anyOf[0]!);
  if (choices) return ` [${choices.join(', ')}]`;
  if (type !== 'number' && type !== 'integer') return '';
  return maximum! < 1e6 ? ` [${minimum} to ${maximum}]` : ` [${minimum} or more]`;
}

/**
 * Settings out of the text of config.yaml.
 *
 * @param file its path, for the error
 * @throws CdsvaeError `input` where it is not YAML or not a whole set of settings
 */
export function parseSettings(text: string, file: string): Settings {
  try {
    return checkSettings(parse(text), file);
  } catch (cause) {
    const message =
      cause instanceof CdsvaeError
        ? cause.message
        : `${file}: not YAML: ${cause instanceof Error ? cause.message : cause}`;
    throw new CdsvaeError('input', message, { cause });
  }
}

/** Names in a model folder. */

/** The description, written last: a folder without it is no model. */
export const DESCRIPTION_FILE = 'model.json';
export const WEIGHTS_FILE = 'weights.safetensors';

/** Colours of classes that style.css has, `--class-0` and so on; more classes begin again. */
export const CLASS_COLOURS = 10;

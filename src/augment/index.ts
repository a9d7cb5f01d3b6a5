/** Views of a sequence: the same content with other motion, the same motion with other content. */
export { drawContent, type FrameOrder } from './content.js';
export { drawMotion } from './draw.js';
export { augmentFeatures, drawFeatures, type FeatureShape, featureShapes } from './features.js';
export { augmentMotion, type MotionInputs, motionInputs } from './motion.js';
export {
  checkMotionSettings,
  FEATURE_MOTION,
  MOTION_LIMITS,
  type MotionSettings,
  motionShapes,
  NO_MOTION,
  SM_MNIST_MOTION,
  SPRITES_MOTION,
  VIDEO_MOTION,
  type VideoShape,
} from './settings.js';

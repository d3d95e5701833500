/** Reading blocks of Nomad's job specification as users write them. For features, of ours and of third parties. */
export { durationOf } from "./duration.js";
export {
  anything,
  block,
  blocks,
  type BlockSpec,
  duration,
  type Field,
  flag,
  oneOf,
  text,
  textMap,
  texts,
  whole,
} from "./field.js";
export { readBlock, readBlocks } from "./read-block.js";
export { listOf, objectOf, textOf } from "./values.js";

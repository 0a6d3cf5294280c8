// What is compiled to mod/kernel/code.ts: `denow task kernel`.
export * from "./snappy";
export * from "./values";
export * from "./groups";
export * from "./fixed";
export * from "./moving";
export * from "./lz4";
export * from "./encodings";
export * from "./sums";
export * from "./merge";
export * from "./keys";
export { leastText, mostText, skipTexts, takeTexts, textsReached, writeBytes, writeTexts } from "./texts";
export * from "./hybrid";
export * from "./select";
export * from "./figures";
export * from "./byte_keys";
export * from "./byte_tables";
export * from "./parts";

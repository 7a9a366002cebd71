export { type SourceHarness, sourceContract } from "./source-contract.ts";

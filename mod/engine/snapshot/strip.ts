/** Large, and loaded by the first formula that has types. */
export { transformSync } from "amaro";

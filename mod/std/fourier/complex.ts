/** Real and imaginary parts, equally long. */
export interface Complex {
  re: Float64Array;
  im: Float64Array;
}

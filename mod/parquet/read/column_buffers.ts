import { giveKernel, type Kernel, takeKernel } from "#kernel";
import { FileBuffer } from "../io/file_buffer.ts";
import { KEPT, Scratch } from "../io/scratch.ts";

/** The memory that one column is read with. */
export class ColumnBuffers {
  readonly kernel: Kernel = takeKernel();
  /** Bytes of the file. */
  readonly ofFile: FileBuffer = new FileBuffer(this.kernel);
  readonly levels: Scratch = new Scratch();

  /** Bytes of memory. */
  get heldBytes(): number {
    return this.kernel.bytes.length;
  }

  /** Whether it is small enough to be used for another column. */
  get isKept(): boolean {
    return this.heldBytes <= KEPT;
  }

  /** Leaves the kernel to whoever wants one next. */
  give(): void {
    if (this.isKept) giveKernel(this.kernel);
  }
}

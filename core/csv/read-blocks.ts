import { open } from 'node:fs/promises';
import { CsvFileError } from './csv-file-error.ts';
import type { Utf8File } from './csv-source.ts';

/** Buffers of one reader, used again for block after block and file after file: new ones would keep the collector busy. */
export type BlockBuffers = {
  block: Buffer;
  /** For lines that are written anew. */
  lines: Buffer;
};

/** A piece of a file that begins where a record does. */
export type Block = {
  readonly bytes: Buffer;
  /** Nothing follows. */
  readonly isLast: boolean;
  /** Says how many bytes are done with; the next block begins behind them. */
  readonly take: (length: number) => void;
};

/**
 * Reads a file in blocks. A block's bytes hold until the next is asked for.
 * @throws CsvFileError `record_too_large` if no more than `maxRecordSize` bytes of a block could be taken
 */
export async function* readBlocks(
  file: Utf8File,
  buffers: BlockBuffers,
  sizes: { readonly blockSize: number; readonly maxRecordSize: number },
): AsyncGenerator<Block> {
  const { blockSize, maxRecordSize } = sizes;
  await using handle = await open(file.path, 'r');
  let position = file.start;
  let kept = 0;
  let size = blockSize;
  for (;;) {
    if (buffers.block.length < size) {
      const larger = Buffer.allocUnsafe(size);
      buffers.block.copy(larger, 0, 0, kept);
      buffers.block = larger;
    }
    const { bytesRead } = await handle.read(buffers.block, kept, size - kept, position);
    position += bytesRead;
    const bytes = buffers.block.subarray(0, kept + bytesRead);
    let taken = 0;
    const take = (length: number) => {
      taken = length;
    };
    yield { bytes, isLast: bytesRead === 0, take };
    if (bytesRead === 0) return;
    kept = bytes.length - taken;
    if (kept > maxRecordSize) {
      throw new CsvFileError(
        'record_too_large',
        `a record is longer than ${maxRecordSize} bytes: a quote is opened and not closed, or the file is no CSV`,
      );
    }
    buffers.block.copyWithin(0, taken, bytes.length);
    // What is not taken is the start of one record: reading twice as much each time keeps the rescans few.
    size = taken === 0 ? Math.max(blockSize, 2 * bytes.length) : Math.max(blockSize, kept + 1);
  }
}

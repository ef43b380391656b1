import { mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ProgressListener } from '../ports/progress.ts';
import type { GeneratedFile, GeneratedRecord } from './generator.ts';

/** What was written. `records` counts neither headers nor broken records. */
export type WrittenFiles = {
  readonly files: number;
  readonly records: number;
  readonly planted: number;
  readonly bytes: number;
};

/** Beside the dataset folders: a JSON line for each record that was broken on purpose. */
export const MANIFEST_NAME = 'planted.jsonl';

/** Records are handed to the file in pieces of about this size. */
const CHUNK_CHARACTERS = 256 * 1024;

/**
 * Writes a generator's files below `folder`. Where records were broken on purpose, `planted.jsonl` lists them
 * (`sourceFile` relative to the dataset's folder, `sourceLine`, `reason`, `columnName`), for whoever compares it with
 * the quarantine.
 */
export async function writeGeneratedFiles(
  files: Iterable<GeneratedFile>,
  folder: string,
  progress?: ProgressListener,
): Promise<WrittenFiles> {
  const written = { files: 0, records: 0, planted: 0, bytes: 0 };
  let manifest: LineSink | undefined;
  await rm(join(folder, MANIFEST_NAME), { force: true });
  for (const file of files) {
    const sink = await openSink(join(folder, file.path), file.encoding);
    const sourceFile = file.path.slice(file.path.indexOf('/') + 1);
    let line = 1;
    for (const record of file.records) {
      sink.add(record.text);
      if (sink.isFull()) {
        await sink.flush();
      }
      if (record.planted !== undefined) {
        manifest ??= await openSink(join(folder, MANIFEST_NAME));
        manifest.add(manifestLine(file.path, sourceFile, line, record.planted));
        if (manifest.isFull()) {
          await manifest.flush();
        }
        written.planted += 1;
      } else if (line > 1) {
        written.records += record.count ?? 1;
      }
      line += countLineBreaks(record.text);
    }
    written.bytes += await sink.close();
    written.files += 1;
    progress?.({ task: 'generate', subject: file.path, step: 'written', done: written.files });
  }
  await manifest?.close();
  return written;
}

function manifestLine(
  path: string,
  sourceFile: string,
  sourceLine: number,
  planted: NonNullable<GeneratedRecord['planted']>,
): string {
  const dataset = path.slice(0, path.indexOf('/'));
  return `${JSON.stringify({ dataset, sourceFile, sourceLine, ...planted })}\n`;
}

function countLineBreaks(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
    count += 1;
  }
  return count;
}

type LineSink = {
  /** Waits for nothing: a promise a record would cost more than many a record. */
  add(text: string): void;
  isFull(): boolean;
  flush(): Promise<void>;
  /** Bytes written in all. */
  close(): Promise<number>;
};

async function openSink(path: string, encoding: BufferEncoding = 'utf8'): Promise<LineSink> {
  await mkdir(dirname(path), { recursive: true });
  const handle = await open(path, 'w');
  let pending = '';
  let bytes = 0;
  const flush = async (): Promise<void> => {
    const chunk = pending;
    pending = '';
    bytes += (await handle.write(chunk, null, encoding)).bytesWritten;
  };
  return {
    add(text) {
      pending += text;
    },
    isFull: () => pending.length >= CHUNK_CHARACTERS,
    flush,
    async close() {
      await flush();
      await handle.close();
      return bytes;
    },
  };
}

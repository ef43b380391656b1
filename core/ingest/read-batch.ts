import { rm } from 'node:fs/promises';
import type { BronzeContract } from '../contract/contract.ts';
import { CsvFileError } from '../csv/csv-file-error.ts';
import { hashFile, openUtf8 } from '../csv/csv-source.ts';
import { type CsvStage, openCsvStage, type StagedFile } from '../csv/stage-csv.ts';
import type { LoadRecord } from '../ports/load-ledger.ts';
import { ObjectNotFoundError } from '../ports/object-store.ts';
import type { ProgressListener } from '../ports/progress.ts';
import type { IngestEnvironment, LandedFile } from './environment.ts';
import { isGzipped, isSettled } from './verdict.ts';

/** Files that are fetched and read side by side; each has its bytes in `scratch` meanwhile. */
const filesAtOnce = 4;

/** A file whose content was looked into by this call. */
export type ReadFile = LandedFile & {
  /** Its number in the stage. */
  readonly index: number;
  readonly loadId: string;
  readonly modifiedAt: number;
  readonly staged: StagedFile;
};

/** What is known of a delivery before anything is committed. */
export type Delivery =
  | { readonly kind: 'missing' }
  | { readonly kind: 'known'; readonly loadId: string; readonly record: LoadRecord }
  /** The bytes of an earlier file of the call, `first`, once more. */
  | { readonly kind: 'repeated'; readonly loadId: string; readonly first: number }
  | { readonly kind: 'broken'; readonly loadId: string; readonly reason: string; readonly detail: string }
  | { readonly kind: 'read'; readonly file: ReadFile };

/** Files of one call on their way into the stage, which is opened for the first that must be read. */
export class Batch implements Disposable {
  readonly #environment: IngestEnvironment;
  readonly #contract: BronzeContract;
  readonly #progress: ProgressListener;
  /** By content and form, the file that brought it first. */
  readonly #claimed = new Map<string, number>();
  /** Ends when every file begun so far has claimed its content. */
  #turn: Promise<void> = Promise.resolve();
  #opening: Promise<CsvStage> | undefined;
  #done = 0;
  stage: CsvStage | undefined;

  constructor(environment: IngestEnvironment, contract: BronzeContract, progress: ProgressListener) {
    this.#environment = environment;
    this.#contract = contract;
    this.#progress = progress;
  }

  /** What becomes of each file, in the order given. */
  async read(files: readonly LandedFile[]): Promise<readonly Delivery[]> {
    const deliveries: Delivery[] = [];
    const rest = files.entries();
    let isStopped = false;
    const worker = async () => {
      try {
        for (const [index, file] of { [Symbol.iterator]: () => rest }) {
          if (isStopped) return;
          deliveries[index] = await this.#readOne(file, index, files.length);
        }
      } catch (error) {
        isStopped = true;
        throw error;
      }
    };
    // All workers come to rest before an error goes on: the stage that they use is closed then.
    const ends = await Promise.allSettled(
      Array.from({ length: Math.min(filesAtOnce, files.length) }, worker),
    );
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return deliveries;
  }

  [Symbol.dispose](): void {
    this.stage?.[Symbol.dispose]();
  }

  async #readOne(file: LandedFile, index: number, total: number): Promise<Delivery> {
    const { store, ledger, scratch } = this.#environment;
    const { pack, dataset } = this.#contract;
    const path = `${scratch}/${index}`;
    const before = this.#turn;
    const { promise, resolve: endTurn } = Promise.withResolvers<void>();
    this.#turn = promise;
    try {
      const { modifiedAt } = await store.download(file.location, path);
      const loadId = await hashFile(path);
      // In the order given, whichever is read sooner: which of two keys a row names must not depend on speed.
      await before;
      const content = `${loadId} ${isGzipped(file.location)}`;
      const first = this.#claimed.get(content);
      if (first !== undefined) return { kind: 'repeated', loadId, first };
      this.#claimed.set(content, index);
      endTurn();
      const [record] = await ledger.find(pack, dataset, [loadId]);
      if (record !== undefined && isSettled(record, this.#contract, file.location)) {
        return { kind: 'known', loadId, record };
      }
      this.#tell(file, 'reading', total);
      return await this.#stageOne({ ...file, index, loadId, modifiedAt }, path);
    } catch (error) {
      if (error instanceof ObjectNotFoundError) return { kind: 'missing' };
      throw error;
    } finally {
      endTurn(before);
      await Promise.all(['', '.plain', '.utf8'].map((suffix) => rm(`${path}${suffix}`, { force: true })));
      this.#done += 1;
      this.#tell(file, 'read', total);
    }
  }

  async #stageOne(file: Omit<ReadFile, 'staged'>, path: string): Promise<Delivery> {
    const { loadId, sourceFile } = file;
    this.#opening ??= this.#openStage();
    const stage = await this.#opening;
    try {
      const source = await openUtf8(path, isGzipped(file.location), this.#contract.encoding);
      return { kind: 'read', file: { ...file, staged: await stage.stageFile(source, file.index) } };
    } catch (error) {
      if (!(error instanceof CsvFileError)) throw error;
      return { kind: 'broken', loadId, reason: error.reason, detail: `${sourceFile}: ${error.message}` };
    }
  }

  async #openStage(): Promise<CsvStage> {
    const { scratch, memoryLimit, threads } = this.#environment;
    this.stage = await openCsvStage(this.#contract, {
      scratch,
      ...(memoryLimit === undefined ? {} : { memoryLimit }),
      ...(threads === undefined ? {} : { threads }),
    });
    return this.stage;
  }

  #tell(file: LandedFile, step: string, total: number): void {
    const subject = `${this.#contract.dataset}/${file.sourceFile}`;
    this.#progress({ task: 'load', subject, step, done: this.#done, total });
  }
}

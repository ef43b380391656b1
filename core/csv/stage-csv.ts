import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { BronzeContract } from '../contract/contract.ts';
import { SESSION_STATEMENTS } from '../sql/macros.ts';
import { csvMacros } from './column-sql.ts';
import { CsvFileError } from './csv-file-error.ts';
import type { Utf8File } from './csv-source.ts';
import { encodeLines } from './encode-lines.ts';
import { type CsvHeader, readHeader } from './header.ts';
import { type BlockBuffers, readBlocks } from './read-blocks.ts';
import { createStageSql, lineOutcome, planStage, type StagePlan } from './stage-sql.ts';
import { StageWriter } from './stage-writer.ts';

/** Bytes that one statement reads. Smaller ones cost time for each, larger ones memory: some ten times as much a thread. */
const defaultBlockSize = 1 << 22;

/** Statements that Node runs side by side (its UV_THREADPOOL_SIZE, unless set otherwise). */
const threadPool = 4;

/** A record longer than this is no data: a quote was opened and not closed, or the file is no CSV. */
const defaultMaxRecordSize = 64 << 20;

/**
 * The macros of rules end what cannot be computed with `error`, which `try` refuses because it counts as volatile. A cast that
 * cannot succeed does the same; the element of a list without a type takes on any type.
 */
const unvolatileError = 'create temp macro error(message) as list_extract([], cast(message as bigint))';

/** The table in which {@link CsvStage} gathers lines. */
export const stageTable = '_stage';

/** What was staged of one file. */
export type StagedFile = {
  readonly header: CsvHeader;
  /** Physical lines behind the header. */
  readonly lines: number;
  readonly loaded: number;
  readonly rejected: number;
  readonly rejects: Readonly<Record<string, number>>;
  /** Rows that break a `warn` rule, by the rule's id; 0 included. */
  readonly warnings: Readonly<Record<string, number>>;
};

/** Where and how lines are staged. */
export type CsvStageOptions = {
  /** An existing local folder for what does not fit in memory. */
  readonly scratch: string;
  readonly memoryLimit?: string;
  readonly threads?: number;
  /** @default 4 MiB */
  readonly blockSize?: number;
  /** @default 64 MiB */
  readonly maxRecordSize?: number;
};

/** Opens a DuckDB in memory, made for one batch of files under one contract. @throws SqlProblemError for a rule that cannot be run */
export async function openCsvStage(contract: BronzeContract, options: CsvStageOptions): Promise<CsvStage> {
  const plan = await planStage(contract);
  const instance = await DuckDBInstance.create(':memory:', {
    temp_directory: options.scratch,
    preserve_insertion_order: 'false',
    ...(options.memoryLimit === undefined ? {} : { memory_limit: options.memoryLimit }),
    ...(options.threads === undefined ? {} : { threads: String(options.threads) }),
  });
  const connection = await instance.connect();
  await connection.run(csvMacros.map((macro) => `create macro ${macro}`).join(';\n'));
  await connection.run(createStageSql(plan, stageTable));
  const reader = await connection.runAndReadAll(`select current_setting('threads')`);
  const writers = [];
  const threads = Math.min(threadPool, Number(reader.getRows()[0]![0]));
  // A statement that reads lines is one task, run by its caller: DuckDB's own threads would only stand in their way.
  await connection.run(`set external_threads = ${threads}`);
  for (let index = 0; index < threads; index += 1) {
    const writer = await instance.connect();
    // The macros of rules are temporary: each connection has its own.
    await writer.run([unvolatileError, ...SESSION_STATEMENTS].join(';\n'));
    writers.push(new StageWriter(writer));
  }
  return new CsvStage(plan, options, instance, connection, writers);
}

/** Lines of CSV files, typed and tested, in DuckDB's memory or, beyond it, in its temporary folder. */
export class CsvStage {
  readonly connection: DuckDBConnection;
  readonly #plan: StagePlan;
  readonly #instance: DuckDBInstance;
  readonly #idle: StageWriter[];
  readonly #all: readonly StageWriter[];
  readonly #waiting: (() => void)[] = [];
  readonly #buffers: BlockBuffers[] = [];
  readonly #sizes: { readonly blockSize: number; readonly maxRecordSize: number };

  constructor(
    plan: StagePlan,
    options: CsvStageOptions,
    instance: DuckDBInstance,
    connection: DuckDBConnection,
    writers: readonly StageWriter[],
  ) {
    this.#plan = plan;
    this.#sizes = {
      blockSize: options.blockSize ?? defaultBlockSize,
      maxRecordSize: options.maxRecordSize ?? defaultMaxRecordSize,
    };
    this.#instance = instance;
    this.connection = connection;
    this.#all = writers;
    this.#idle = [...writers];
  }

  /**
   * Stages the lines of a file under the number `index`. The counts are proven: every physical line of the file has become one
   * row of the stage, a record or a blank line.
   * @throws CsvFileError if the file breaks a file-level rule; lines staged so far are removed
   */
  async stageFile(file: Utf8File, index: number): Promise<StagedFile> {
    try {
      const { header, lines } = await this.#readFile(file, index);
      return await this.#summarize(index, header, lines);
    } catch (error) {
      if (error instanceof CsvFileError) await this.drop(index);
      throw error;
    }
  }

  /** Ends staging: DuckDB's threads are free for statements on the stage from here on. */
  async seal(): Promise<void> {
    await this.connection.run('set external_threads = 1');
  }

  /** Removes what is staged of a file. */
  async drop(index: number): Promise<void> {
    await this.connection.run(`delete from ${stageTable} where _file = ${index}`);
  }

  [Symbol.dispose](): void {
    for (const writer of this.#all) writer.close();
    this.connection.disconnectSync();
    this.#instance.closeSync();
  }

  async #readFile(
    file: Utf8File,
    index: number,
  ): Promise<{ readonly header: CsvHeader; readonly lines: number }> {
    const { contract } = this.#plan;
    const pending = new Set<Promise<void>>();
    const failures: unknown[] = [];
    const buffers = this.#buffers.pop() ?? { block: Buffer.alloc(0), lines: Buffer.alloc(0) };
    let header: CsvHeader | undefined;
    let lines = 0;
    try {
      for await (const { bytes, isLast, take } of readBlocks(file, buffers, this.#sizes)) {
        let from = 0;
        if (header === undefined) {
          header = readHeader(bytes, 0, isLast, contract);
          if (header === undefined) continue;
          from = header.end;
        }
        const { delimiter, fieldCount } = header;
        const secretFields = new Set(secretsOf(contract, header));
        const format = { delimiter, fieldCount, secretFields };
        const encoded = encodeLines(bytes.subarray(from), isLast, format, buffers);
        take(from + encoded.consumed);
        if (encoded.consumed === 0) continue;
        if (failures.length > 0) break;
        const writer = await this.#takeWriter();
        const release = () => {
          this.#idle.push(writer);
          this.#waiting.shift()?.();
        };
        let run: () => Promise<void>;
        try {
          run = await writer.bind(this.#plan, stageTable, header, encoded, index, header.lines + lines);
        } catch (error) {
          release();
          throw error;
        }
        const work = run()
          .catch((error: unknown) => {
            failures.push(error);
          })
          .finally(() => {
            pending.delete(work);
            release();
          });
        pending.add(work);
        lines += encoded.lines;
      }
    } finally {
      await Promise.all(pending);
      this.#buffers.push(buffers);
    }
    if (failures.length > 0) throw failures[0];
    if (header === undefined)
      throw new CsvFileError('empty_file', 'the file has no record, expected a header');
    return { header, lines };
  }

  /** A writer that no other file uses; waits until there is one, which also bounds the blocks in memory. */
  async #takeWriter(): Promise<StageWriter> {
    for (;;) {
      const writer = this.#idle.pop();
      if (writer !== undefined) return writer;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async #summarize(index: number, header: CsvHeader, lines: number): Promise<StagedFile> {
    const { contract, warning } = this.#plan;
    const sums = warning.map((_, at) => `count(*) filter (where _warning${at} and _outcome = 0) as w${at}`);
    const reader = await this.connection.runAndReadAll(
      `select _outcome, _reason, count(*) as n, min(_line) as line ${sums.map((sum) => `, ${sum}`).join('')}
       from ${stageTable} where _file = ${index} group by all`,
    );
    const rows = reader.getRowObjectsJS() as Record<string, unknown>[];
    const count = (outcome: number) =>
      rows.filter((row) => row._outcome === outcome).reduce((sum, row) => sum + Number(row.n), 0);
    const loaded = count(lineOutcome.loaded);
    const rejected = count(lineOutcome.rejected);
    const failing = rows.find((row) => row._outcome === lineOutcome.failsFile);
    const staged = loaded + rejected + count(lineOutcome.blank) + count(lineOutcome.failsFile);
    if (staged !== lines) {
      throw new Error(
        `${staged} lines were staged of ${lines} in the file: the counts do not reconcile, nothing is committed`,
      );
    }
    if (failing !== undefined) {
      const reason = String(failing._reason) as `rule:${string}`;
      throw new CsvFileError(
        reason,
        `line ${failing.line} and ${Number(failing.n) - 1} more break ${reason}, which fails the file`,
      );
    }
    // A quotient is the double nearest to the share, as the contract's number is; 0.29 * 100 is less than 29.
    if (rejected / (loaded + rejected) > contract.maxRejectShare) {
      const reasons = rows.filter((row) => row._outcome === lineOutcome.rejected);
      const list = reasons
        .map((row) => `${row.n} ${row._reason}`)
        .sort()
        .join(', ');
      throw new CsvFileError(
        'too_many_rejects',
        `${rejected} of ${loaded + rejected} records are rejected (${list}), expected a share of at most ${contract.maxRejectShare}`,
      );
    }
    const rejects: Record<string, number> = {};
    for (const row of rows) {
      if (row._outcome === lineOutcome.rejected) rejects[String(row._reason)] = Number(row.n);
    }
    const warnings: Record<string, number> = {};
    warning.forEach(({ rule }, at) => {
      const broken = rows.reduce((sum, row) => sum + Number(row[`w${at}`]), 0);
      warnings[rule.id] = (warnings[rule.id] ?? 0) + broken;
    });
    return { header, lines, loaded, rejected, rejects, warnings };
  }
}

function secretsOf(contract: BronzeContract, header: CsvHeader): readonly number[] {
  return contract.columns
    .flatMap(({ pii }, index) => (pii === 'secret' ? (header.fields[index] ?? []) : []))
    .sort((left, right) => left - right);
}

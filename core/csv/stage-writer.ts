import type { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api';
import type { EncodedLines } from './encode-lines.ts';
import type { CsvHeader } from './header.ts';
import { type StagePlan, stageLinesSql, variantOf } from './stage-sql.ts';

/** A connection with the statements that it has prepared: one for each form of file and of text. */
export class StageWriter {
  readonly #connection: DuckDBConnection;
  readonly #prepared = new Map<string, DuckDBPreparedStatement>();

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  /** Hands the lines over; they have been copied when it returns. Call what it returns to stage them. */
  async bind(
    plan: StagePlan,
    table: string,
    header: CsvHeader,
    lines: EncodedLines,
    file: number,
    linesBefore: number,
  ): Promise<() => Promise<void>> {
    const { delimiter, fieldCount, fields } = header;
    const variant = variantOf(lines, delimiter);
    const key = JSON.stringify([delimiter, fieldCount, fields, variant]);
    let statement = this.#prepared.get(key);
    if (statement === undefined) {
      statement = await this.#connection.prepare(stageLinesSql(plan, table, header, variant));
      this.#prepared.set(key, statement);
    }
    statement.bindBlob(1, lines.text);
    statement.bindInteger(2, file);
    statement.bindBigInt(3, BigInt(linesBefore));
    const bound = statement;
    return async () => {
      await bound.run();
    };
  }

  close(): void {
    for (const statement of this.#prepared.values()) statement.destroySync();
    this.#connection.disconnectSync();
  }
}

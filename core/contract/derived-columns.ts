import type { DerivedColumn } from './contract.ts';
import type { Problem } from './problem.ts';
import { readColumns } from './table-columns.ts';
import type { YamlFile } from './yaml-file.ts';

/** A derived column as the JSON Schema lets it through. */
export type DerivedColumnYaml = {
  readonly name: string;
  readonly type: string;
  readonly required?: boolean;
  readonly pii: DerivedColumn['pii'];
  readonly description: string;
  readonly expression?: string;
  readonly from?: 'record_hash';
};

/** Reads `derived_columns` of a bronze contract, which has these columns besides, and says what is wrong with them. */
export function readDerivedColumns(
  derived: readonly DerivedColumnYaml[],
  columns: readonly string[],
  yaml: YamlFile,
  problems: Problem[],
): readonly DerivedColumn[] {
  derived.forEach((column, index) => {
    const report = (key: keyof DerivedColumnYaml, message: string) =>
      problems.push({ ...yaml.positionOf(['derived_columns', index, key]), message });
    if (columns.includes(column.name))
      report('name', `derived column "${column.name}" is a column of the file too`);
    if ((column.expression === undefined) === (column.from === undefined)) {
      report(
        'from',
        `derived column "${column.name}" needs an expression or from: record_hash, expected one of them`,
      );
    }
    if (column.from === 'record_hash' && column.type !== 'varchar') {
      report('type', `derived column "${column.name}" is ${column.type}, expected varchar: it holds a hash`);
    }
    const placeholder = /\$\{[^}]*\}/.exec(column.expression ?? '')?.[0];
    if (placeholder !== undefined) {
      report(
        'expression',
        `expression of column "${column.name}" has ${placeholder}, expected no placeholder`,
      );
    }
  });
  return readColumns('bronze', derived, yaml, problems, 'derived_columns').map((column): DerivedColumn => {
    const index = derived.findIndex(({ name }) => name === column.name);
    const position = yaml.positionOfText(['derived_columns', index, 'expression']);
    return {
      name: column.name,
      type: column.parsedType,
      required: column.required ?? false,
      pii: column.pii,
      description: column.description,
      from:
        column.expression === undefined
          ? { kind: 'record_hash' }
          : { kind: 'expression', sql: column.expression.trim(), position },
    };
  });
}

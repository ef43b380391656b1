import type { Layer, PartitionTerm, PiiClass, ScalarType } from './contract.ts';
import { problemOfColumnName } from './names.ts';
import { parsePartitionTerm, unfitFor } from './partition-term.ts';
import type { Problem } from './problem.ts';
import { parseScalarType, typeNames } from './scalar-type.ts';
import type { YamlFile } from './yaml-file.ts';

/** What bronze, silver and gold columns have in common, as the YAML has it. */
type ColumnYaml = { readonly name: string; readonly type: string; readonly pii: PiiClass };

/** A column by name and type. */
export type TypedColumn = { readonly name: string; readonly type: ScalarType };

/** Reads names and types of the columns in `list` and says what is wrong with them; a column of an unknown type is left out. */
export function readColumns<Yaml extends ColumnYaml>(
  layer: Layer,
  columns: readonly Yaml[],
  yaml: YamlFile,
  problems: Problem[],
  list: 'columns' | 'derived_columns' = 'columns',
): readonly (Yaml & { readonly parsedType: ScalarType })[] {
  const seen = new Set<string>();
  return columns.flatMap((column, index) => {
    const path = [list, index];
    const nameProblem = problemOfColumnName(layer, column.name);
    if (nameProblem) problems.push({ ...yaml.positionOf([...path, 'name']), message: nameProblem });
    if (seen.has(column.name)) {
      problems.push({
        ...yaml.positionOf([...path, 'name']),
        message: `column "${column.name}" is listed twice`,
      });
    }
    seen.add(column.name);
    const parsedType = parseScalarType(column.type);
    if (!parsedType) {
      const message = `type "${column.type}" is not a type, expected one of ${typeNames}`;
      problems.push({ ...yaml.positionOf([...path, 'type']), message });
      return [];
    }
    if (column.pii === 'secret' && parsedType.kind !== 'varchar') {
      const message = `secret column "${column.name}" is ${column.type}, expected varchar: it holds REDACTED`;
      problems.push({ ...yaml.positionOf([...path, 'type']), message });
    }
    if (layer === 'gold' && (column.pii === 'direct' || column.pii === 'secret')) {
      const message = `gold column "${column.name}" is ${column.pii}, expected none, pseudonym or quasi`;
      problems.push({ ...yaml.positionOf([...path, 'pii']), message });
    }
    return [{ ...column, parsedType }];
  });
}

const termForms = 'a column, year(c), month(c), day(c), hour(c), truncate(n, c) or bucket(n, c)';

/** Reads `partitioning` and says what is wrong with it. */
export function readPartitioning(
  terms: readonly string[],
  columns: readonly TypedColumn[],
  yaml: YamlFile,
  problems: Problem[],
): readonly PartitionTerm[] {
  const partitioned = new Set<string>();
  return terms.flatMap((text, index) => {
    const report = (message: string) =>
      problems.push({ ...yaml.positionOf(['partitioning', index]), message });
    const term = parsePartitionTerm(text);
    if (!term) {
      const torn = text.includes('(') !== text.includes(')');
      const hint = torn ? ', a comma between [ and ] needs quotes: ["truncate(10, sku)"]' : '';
      report(`partition field "${text}" is malformed, expected ${termForms}${hint}`);
      return [];
    }
    const column = columns.find(({ name }) => name === term.column);
    if (!column) {
      report(`partition column "${term.column}" is not a column of the table`);
      return [];
    }
    if (partitioned.has(term.column)) report(`column "${term.column}" partitions the table twice`);
    partitioned.add(term.column);
    const expected = unfitFor(term, column.type);
    if (expected) {
      report(
        `${term.transform} does not fit column "${term.column}" of type ${column.type.kind}, expected ${expected}`,
      );
    }
    return [term];
  });
}

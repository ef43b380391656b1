import type { Severity } from '../ports/quality-result.ts';
import { checkSchema } from './check-schema.ts';
import type { Follow, ModelCheck, ModelContract, PiiClass, PublishMode } from './contract.ts';
import { hashModel } from './contract-hash.ts';
import { parseReference, problemOfTableName } from './names.ts';
import type { Problem } from './problem.ts';
import { readColumns, readPartitioning } from './table-columns.ts';
import { parseYamlFile, type YamlFile } from './yaml-file.ts';

/** A model's YAML as its JSON Schema lets it through. */
type ModelYaml = {
  readonly description: string;
  readonly grain: string;
  readonly key: readonly string[];
  readonly partitioning?: readonly string[];
  readonly publish?: {
    readonly mode: PublishMode['mode'];
    readonly follows?: Readonly<Record<string, FollowYaml>>;
  };
  readonly as_of?: 'none';
  readonly event_date?: string;
  readonly main_input?: string | { readonly table: string; readonly where?: string };
  readonly columns: readonly ColumnYaml[];
  readonly checks?: readonly CheckYaml[];
};

type FollowYaml = string | { readonly column: string; readonly key?: readonly string[] };

type ColumnYaml = {
  readonly name: string;
  readonly type: string;
  readonly not_null?: boolean;
  readonly pii: PiiClass;
  readonly description: string;
};

type CheckYaml = {
  readonly id: string;
  readonly severity: Severity;
  readonly description: string;
  readonly sql: string;
};

/** The pair of files of a silver or gold table. */
export type ModelFiles = {
  readonly layer: 'silver' | 'gold';
  readonly name: string;
  readonly yamlFile: string;
  readonly yamlText: string;
  readonly sqlFile: string;
  readonly sqlText: string;
};

/** A model read from its files, or what is wrong with it. */
export type ReadModel = {
  readonly contract?: ModelContract;
  readonly yaml: YamlFile;
  readonly problems: readonly Problem[];
};

/** Reads `{silver,gold}/<name>.{sql,yaml}`; what needs the other tables of the pack is left to the caller. */
export function readModel(
  pack: string,
  files: ModelFiles,
  parameters: Readonly<Record<string, string>>,
): ReadModel {
  const { layer, name } = files;
  const yaml = parseYamlFile(files.yamlFile, files.yamlText);
  const problems: Problem[] = [...checkSchema('model', yaml)];
  if (files.sqlText.trim() === '') {
    problems.push({
      file: files.sqlFile,
      line: 1,
      column: 1,
      message: 'the file is empty, expected one select',
    });
  }
  if (problems.length > 0) return { yaml, problems };
  const content = yaml.value as ModelYaml;
  const nameProblem = problemOfTableName({ layer, name });
  if (nameProblem) problems.push({ ...yaml.positionOf([]), message: nameProblem });

  const columns = readColumns(layer, content.columns, yaml, problems).map((column) => ({
    name: column.name,
    type: column.parsedType,
    notNull: column.not_null ?? false,
    description: column.description,
    pii: column.pii,
  }));
  const partitioning = readPartitioning(content.partitioning ?? [], columns, yaml, problems);
  checkKey(content, yaml, problems);
  checkEventDate(layer, content, yaml, problems);
  if (layer === 'silver' && content.as_of !== undefined) {
    const message = 'as_of is of gold, expected none in silver: it is made for no day anyway';
    problems.push({ ...yaml.positionOfKey(['as_of']), message });
  }
  const publish = readPublish(content, yaml, problems);
  if (problems.length > 0) return { yaml, problems };

  const mainInput =
    typeof content.main_input === 'string' ? { table: content.main_input } : content.main_input;
  const contract: Omit<ModelContract, 'hash'> = {
    layer,
    pack,
    name,
    description: content.description,
    grain: content.grain,
    key: content.key,
    columns,
    partitioning,
    publish,
    ...(content.as_of === undefined ? {} : { asOf: content.as_of }),
    ...(content.event_date === undefined ? {} : { eventDate: content.event_date }),
    ...(mainInput === undefined ? {} : { mainInput: parseReference(mainInput.table) }),
    ...(mainInput?.where === undefined
      ? {}
      : {
          mainInputWhere: mainInput.where.trim(),
          mainInputWherePosition: yaml.positionOfText(['main_input', 'where']),
        }),
    checks: (content.checks ?? []).map(
      (check, index): ModelCheck => ({
        ...check,
        position: yaml.positionOfText(['checks', index, 'sql']),
      }),
    ),
    sql: files.sqlText,
    position: yaml.positionOf([]),
    sqlFile: files.sqlFile,
  };
  return { contract: { ...contract, hash: hashModel(contract, parameters) }, yaml, problems };
}

function checkKey(content: ModelYaml, yaml: YamlFile, problems: Problem[]): void {
  content.key.forEach((name, index) => {
    const position = yaml.positionOf(['key', index]);
    if (!content.columns.some((column) => column.name === name)) {
      problems.push({ ...position, message: `key column "${name}" is not a column of the table` });
    }
    if (content.key.indexOf(name) < index) {
      problems.push({ ...position, message: `key column "${name}" is listed twice` });
    }
  });
}

function checkEventDate(
  layer: ModelContract['layer'],
  content: ModelYaml,
  yaml: YamlFile,
  problems: Problem[],
): void {
  if (content.event_date === undefined) return;
  const report = (message: string) => problems.push({ ...yaml.positionOf(['event_date']), message });
  if (layer === 'gold') report('event_date is of silver facts, expected none in gold');
  const column = content.columns.find(({ name }) => name === content.event_date);
  if (!column) {
    report(`event_date "${content.event_date}" is not a column of the table`);
  } else if (column.type.trim().toLowerCase() !== 'date') {
    report(`event_date "${content.event_date}" is ${column.type}, expected a date column`);
  }
}

function readPublish(content: ModelYaml, yaml: YamlFile, problems: Problem[]): PublishMode {
  const publish = content.publish ?? { mode: 'replace' };
  if (publish.mode === 'replace') {
    if (publish.follows !== undefined) {
      const message = 'follows is of replace_partitions, expected none with replace';
      problems.push({ ...yaml.positionOfKey(['publish', 'follows']), message });
    }
    return { mode: 'replace' };
  }
  if (publish.follows === undefined) {
    const message = 'replace_partitions follows no input, expected `follows: {bronze.invoices: invoice_ts}`';
    problems.push({ ...yaml.positionOf(['publish', 'mode']), message });
  }
  if ((content.partitioning ?? []).length !== 1) {
    const message = 'replace_partitions needs exactly one partition field under partitioning';
    problems.push({ ...yaml.positionOf(['publish', 'mode']), message });
  }
  const follows = Object.entries(publish.follows ?? {});
  return { mode: 'replace_partitions', follows: follows.map(([table, follow]) => readFollow(table, follow)) };
}

function readFollow(table: string, follow: FollowYaml): Follow {
  const { column, key } = typeof follow === 'string' ? { column: follow } : follow;
  return { table: parseReference(table), column, ...(key === undefined ? {} : { key }) };
}

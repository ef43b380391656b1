import { checkSchema } from './check-schema.ts';
import { readBound } from './column-bounds.ts';
import type { BronzeColumn, BronzeContract, PiiClass } from './contract.ts';
import { hashBronze } from './contract-hash.ts';
import { type DerivedColumnYaml, readDerivedColumns } from './derived-columns.ts';
import { problemOfTableName } from './names.ts';
import type { Problem } from './problem.ts';
import { type RuleYaml, readRules } from './row-rules.ts';
import { readColumns, readPartitioning } from './table-columns.ts';
import { parseYamlFile, type YamlFile } from './yaml-file.ts';

/** A bronze contract as its JSON Schema lets it through. */
type BronzeYaml = {
  readonly dataset?: string;
  readonly description: string;
  readonly grain: string;
  readonly encoding?: BronzeContract['encoding'];
  readonly header?: BronzeContract['header'];
  readonly max_reject_share?: number;
  readonly partitioning?: readonly string[];
  readonly columns: readonly ColumnYaml[];
  readonly derived_columns?: readonly DerivedColumnYaml[];
  readonly rules?: readonly RuleYaml[];
};

type ColumnYaml = {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly type: string;
  readonly required?: boolean;
  readonly pii: PiiClass;
  readonly description: string;
  readonly minimum?: number | string;
  readonly maximum?: number | string;
  readonly case?: BronzeColumn['letterCase'];
};

/** A contract read from its text, or what is wrong with it. */
export type ReadBronze = {
  readonly contract?: BronzeContract;
  readonly yaml: YamlFile;
  readonly problems: readonly Problem[];
};

/** Reads `bronze/<name>.yaml`. */
export function readBronze(pack: string, name: string, file: string, text: string): ReadBronze {
  const yaml = parseYamlFile(file, text);
  const problems: Problem[] = [...checkSchema('bronze', yaml)];
  if (problems.length > 0) return { yaml, problems };
  const content = yaml.value as BronzeYaml;
  const nameProblem = problemOfTableName({ layer: 'bronze', name });
  if (nameProblem) problems.push({ ...yaml.positionOf([]), message: nameProblem });

  const typed = readColumns('bronze', content.columns, yaml, problems);
  const columns = typed.map((column): BronzeColumn => {
    const index = content.columns.findIndex((candidate) => candidate.name === column.name);
    return {
      name: column.name,
      aliases: column.aliases ?? [],
      type: column.parsedType,
      required: column.required ?? false,
      pii: column.pii,
      description: column.description,
      ...readBounds(column, index, column.parsedType, yaml, problems),
      letterCase: readLetterCase(column, index, column.parsedType.kind, yaml, problems),
    };
  });
  checkHeaderNames(content.columns, yaml, problems);
  const names = content.columns.map(({ name }) => name);
  const derivedColumns = readDerivedColumns(content.derived_columns ?? [], names, yaml, problems);
  const derivedNames = (content.derived_columns ?? []).map(({ name }) => name);
  const rules = readRules(content.rules ?? [], [...names, ...derivedNames], yaml, problems);
  const partitioning = readPartitioning(
    content.partitioning ?? [],
    [...columns, ...derivedColumns],
    yaml,
    problems,
  );
  partitioning.forEach((term, index) => {
    if (term.transform === 'bucket') {
      const message = 'bucket is not for bronze, expected a column, year, month, day, hour or truncate';
      problems.push({ ...yaml.positionOf(['partitioning', index]), message });
    }
  });
  if (problems.length > 0) return { yaml, problems };

  const contract: Omit<BronzeContract, 'hash'> = {
    layer: 'bronze',
    pack,
    name,
    dataset: content.dataset ?? name,
    description: content.description,
    grain: content.grain,
    encoding: content.encoding ?? 'utf-8',
    header: content.header ?? 'required',
    maxRejectShare: content.max_reject_share ?? 0.5,
    columns,
    derivedColumns,
    rules,
    partitioning,
    position: yaml.positionOf([]),
  };
  return { contract: { ...contract, hash: hashBronze(contract) }, yaml, problems };
}

function readBounds(
  column: ColumnYaml,
  index: number,
  type: BronzeColumn['type'],
  yaml: YamlFile,
  problems: Problem[],
): Pick<BronzeColumn, 'minimum' | 'maximum'> {
  const read = (side: 'minimum' | 'maximum') => {
    const text = column[side] === undefined ? undefined : yaml.sourceOf(['columns', index, side]);
    if (text === undefined) return undefined;
    const bound = readBound(text, type);
    if (bound.ok) return { text, order: bound.order };
    const message = `${side} "${text}" of column "${column.name}" is malformed, expected ${bound.expected}`;
    problems.push({ ...yaml.positionOf(['columns', index, side]), message });
    return undefined;
  };
  const minimum = read('minimum');
  const maximum = read('maximum');
  if (minimum && maximum && minimum.order > maximum.order) {
    const message = `minimum ${minimum.text} of column "${column.name}" is above its maximum ${maximum.text}`;
    problems.push({ ...yaml.positionOf(['columns', index, 'minimum']), message });
  }
  return { ...(minimum ? { minimum: minimum.text } : {}), ...(maximum ? { maximum: maximum.text } : {}) };
}

function readLetterCase(
  column: ColumnYaml,
  index: number,
  kind: BronzeColumn['type']['kind'],
  yaml: YamlFile,
  problems: Problem[],
): BronzeColumn['letterCase'] {
  const letterCase = column.case ?? 'as_delivered';
  if (letterCase !== 'as_delivered' && kind !== 'varchar') {
    const message = `case ${letterCase} of column "${column.name}" needs a varchar, got ${column.type}`;
    problems.push({ ...yaml.positionOf(['columns', index, 'case']), message });
  }
  return letterCase;
}

/** Two columns that one header cell would match make every file fail: told here and not at the first load. */
function checkHeaderNames(columns: readonly ColumnYaml[], yaml: YamlFile, problems: Problem[]): void {
  const owners = new Map<string, string>();
  columns.forEach((column, index) => {
    const names = [
      { text: column.name, path: ['columns', index, 'name'] },
      ...(column.aliases ?? []).map((text, alias) => ({ text, path: ['columns', index, 'aliases', alias] })),
    ];
    for (const { text, path } of names) {
      const folded = text.toLowerCase().replace(/[^a-z0-9]/g, '');
      const owner = owners.get(folded);
      if (folded === '') {
        problems.push({
          ...yaml.positionOf(path),
          message: `alias "${text}" has no letter a-z or digit, no header matches it`,
        });
      } else if (owner !== undefined && owner !== column.name) {
        const message = `header "${text}" of column "${column.name}" is also one of column "${owner}"`;
        problems.push({ ...yaml.positionOf(path), message });
      }
      owners.set(folded, owner ?? column.name);
    }
  });
}

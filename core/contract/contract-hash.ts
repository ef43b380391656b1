import { createHash } from 'node:crypto';
import type { BronzeContract, ModelContract } from './contract.ts';
import { formatPartitionTerm } from './partition-term.ts';
import { formatScalarType } from './scalar-type.ts';

/** Part of every hash: raised when the pipeline itself gives other rows for the same contract, so that all is rebuilt. */
const pipelineVersion = 1;

/** Hash of what decides a load's result: a file that failed under one hash may be tried again under another. */
export function hashBronze(contract: Omit<BronzeContract, 'hash'>): string {
  return hashOf({
    dataset: contract.dataset,
    encoding: contract.encoding,
    header: contract.header,
    maxRejectShare: contract.maxRejectShare,
    columns: contract.columns.map((column) => ({
      name: column.name,
      aliases: column.aliases,
      type: formatScalarType(column.type),
      required: column.required,
      secret: column.pii === 'secret',
      minimum: column.minimum ?? null,
      maximum: column.maximum ?? null,
      letterCase: column.letterCase,
    })),
    derivedColumns: contract.derivedColumns.map(({ name, type, required, from }) => ({
      name,
      type: formatScalarType(type),
      required,
      from: from.kind === 'expression' ? normaliseSql(from.sql) : from.kind,
    })),
    rules: contract.rules.map(({ id, action, columns, brokenWhen }) => ({
      id,
      action,
      columns,
      brokenWhen: normaliseSql(brokenWhen),
    })),
    partitioning: contract.partitioning.map(formatPartitionTerm),
  });
}

/**
 * Hash of what decides a table's rows, schema, partitioning and whether it may be published. The checks belong to it: a
 * published table has passed the checks of its contract as it stands. Descriptions, PII classes and the publish mode do not.
 */
export function hashModel(
  contract: Omit<ModelContract, 'hash'>,
  parameters: Readonly<Record<string, string>>,
): string {
  const statements = [
    contract.sql,
    contract.mainInputWhere ?? '',
    ...contract.checks.map((check) => check.sql),
  ];
  const used = Object.entries(parameters)
    .filter(([name]) => statements.some((statement) => statement.includes(`\${${name}}`)))
    .sort(([left], [right]) => (left < right ? -1 : 1));
  return hashOf({
    sql: normaliseSql(contract.sql),
    columns: contract.columns.map(({ name, type, notNull }) => ({
      name,
      type: formatScalarType(type),
      notNull,
    })),
    key: contract.key,
    partitioning: contract.partitioning.map(formatPartitionTerm),
    ...(contract.asOf === undefined ? {} : { asOf: contract.asOf }),
    mainInput: contract.mainInput
      ? [contract.mainInput.layer, contract.mainInput.name, normaliseSql(contract.mainInputWhere ?? '')]
      : null,
    checks: contract.checks.map(({ id, severity, sql }) => ({ id, severity, sql: normaliseSql(sql) })),
    parameters: used,
  });
}

/** The SQL without comments and with one space for any white space, text in quotes kept: equal for files that differ in layout alone. */
export function normaliseSql(sql: string): string {
  return sql
    .replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\s+/g, (token) =>
      token.startsWith("'") || token.startsWith('"') ? token : ' ',
    )
    .replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"| {2,}/g, (token) => (token.startsWith(' ') ? ' ' : token))
    .trim();
}

/** The literals above write their keys in a fixed order, which makes JSON.stringify canonical. */
function hashOf(content: object): string {
  return createHash('sha256')
    .update(JSON.stringify({ pipelineVersion, ...content }))
    .digest('hex');
}

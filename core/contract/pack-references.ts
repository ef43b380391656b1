import { columnsOfTable } from './columns-of-table.ts';
import type { BronzeContract, Layer, ModelContract, TableReference } from './contract.ts';
import { normaliseSql } from './contract-hash.ts';
import { formatReference } from './names.ts';
import { formatPartitionTerm } from './partition-term.ts';
import type { Problem } from './problem.ts';
import { formatScalarType } from './scalar-type.ts';
import type { YamlFile, YamlPath } from './yaml-file.ts';

/** A table and the file that says where its parts stand. */
export type ReadTable = { readonly contract: BronzeContract | ModelContract; readonly yaml: YamlFile };

/** What is wrong between the tables of a pack: ids used twice, inputs that do not exist or do not fit. */
export function findPackProblems(tables: readonly ReadTable[]): readonly Problem[] {
  const problems: Problem[] = [];
  checkIds(tables, problems);
  checkDatasets(tables, problems);
  for (const { contract, yaml } of tables) {
    if (contract.layer === 'bronze') continue;
    checkMainInput(contract, yaml, tables, problems);
    checkFollows(contract, yaml, tables, problems);
  }
  return problems;
}

function checkIds(tables: readonly ReadTable[], problems: Problem[]): void {
  const owners = new Map<string, string>();
  for (const { contract, yaml } of tables) {
    const list = contract.layer === 'bronze' ? 'rules' : 'checks';
    const ids = contract.layer === 'bronze' ? contract.rules : contract.checks;
    ids.forEach(({ id }, index) => {
      const owner = owners.get(id);
      if (owner !== undefined) {
        problems.push({
          ...yaml.positionOf([list, index, 'id']),
          message: `id ${id} is taken, ${owner} has it too`,
        });
      }
      owners.set(id, owner ?? formatReference(contract));
    });
  }
}

function checkDatasets(tables: readonly ReadTable[], problems: Problem[]): void {
  const owners = new Map<string, string>();
  for (const { contract, yaml } of tables) {
    if (contract.layer !== 'bronze') continue;
    const owner = owners.get(contract.dataset);
    if (owner !== undefined) {
      const message = `dataset "${contract.dataset}" is taken, table ${owner} is fed by it`;
      problems.push({ ...yaml.positionOf(['dataset']), message });
    }
    owners.set(contract.dataset, owner ?? contract.name);
  }
}

function checkMainInput(
  model: ModelContract,
  yaml: YamlFile,
  tables: readonly ReadTable[],
  problems: Problem[],
): void {
  if (!model.mainInput) return;
  const message = problemOfInput(model, model.mainInput, tables);
  if (message) problems.push({ ...yaml.positionOf(['main_input']), message: `main_input ${message}` });
}

/** The rule of `replace_partitions`: partition p of the input is partition p of this table. */
function checkFollows(
  model: ModelContract,
  yaml: YamlFile,
  tables: readonly ReadTable[],
  problems: Problem[],
): void {
  if (model.publish.mode !== 'replace_partitions') return;
  const own = model.partitioning[0];
  if (!own) return;
  checkKeyedFollows(model, yaml, tables, problems);
  for (const { table, column } of model.publish.follows) {
    const name = formatReference(table);
    const report = (message: string) =>
      problems.push({ ...yaml.positionOfKey(['publish', 'follows', name]), message: `follows ${message}` });
    const missing = problemOfInput(model, table, tables);
    const input = tables.find(({ contract }) => sameTable(contract, table))?.contract;
    if (missing || !input) {
      report(missing ?? `${name}, which is not a table of the pack`);
      continue;
    }
    const expected = formatPartitionTerm({ ...own, column });
    if (input.partitioning.length !== 1 || formatPartitionTerm(input.partitioning[0] ?? own) !== expected) {
      const terms = input.partitioning.map(formatPartitionTerm).join(', ') || 'nothing';
      report(`${name} by ${column}, but it is partitioned by ${terms}, expected ${expected}`);
      continue;
    }
    const typeOf = (contract: ReadTable['contract'], wanted: string) => {
      const type = columnsOfTable(contract).find((candidate) => candidate.name === wanted)?.type;
      return type && formatScalarType(type);
    };
    const byValue =
      own.transform === 'identity' || own.transform === 'truncate' || own.transform === 'bucket';
    if (byValue && typeOf(input, column) !== typeOf(model, own.column)) {
      report(`${name} by ${column} of type ${typeOf(input, column)}, expected ${typeOf(model, own.column)}`);
    }
  }
}

/** Of `key`: columns of the input, of one input, and partitions that a query can tell. */
function checkKeyedFollows(
  model: ModelContract,
  yaml: YamlFile,
  tables: readonly ReadTable[],
  problems: Problem[],
): void {
  const follows = model.publish.mode === 'replace_partitions' ? model.publish.follows : [];
  const keyed = follows.flatMap((follow) =>
    follow.key === undefined ? [] : [{ ...follow, key: follow.key }],
  );
  for (const [index, { table, column, key }] of keyed.entries()) {
    const name = formatReference(table);
    const at = (position: YamlPath, message: string) =>
      problems.push({
        ...yaml.positionOf(['publish', 'follows', name, ...position]),
        message: `follows ${name} by key${message}`,
      });
    const input = tables.find(({ contract }) => sameTable(contract, table))?.contract;
    const own = model.partitioning[0];
    const type = (input && columnsOfTable(input))?.find((candidate) => candidate.name === column)?.type;
    if (index > 0)
      at(['key'], `, but ${formatReference(keyed[0]?.table ?? table)} has one too, expected one key`);
    if (own?.transform === 'bucket' || (own?.transform === 'truncate' && type?.kind !== 'varchar')) {
      at(['key'], `, but a query cannot tell partitions by ${own.transform} of ${column}, expected another`);
    }
    key.forEach((part, place) => {
      if (input && !columnsOfTable(input).some((candidate) => candidate.name === part)) {
        at(['key', place], ` column "${part}", which is not a column of it`);
      }
      if (key.indexOf(part) < place) at(['key', place], ` column "${part}", which is listed twice`);
    });
  }
}

const depth: Readonly<Record<Layer, number>> = { bronze: 0, silver: 1, gold: 2 };

function problemOfInput(
  model: ModelContract,
  input: TableReference,
  tables: readonly ReadTable[],
): string | undefined {
  const name = formatReference(input);
  if (!tables.some(({ contract }) => sameTable(contract, input))) return `${name} is not a table of the pack`;
  if (sameTable(model, input)) return `${name} is the table itself, expected an input`;
  if (depth[input.layer] > depth[model.layer]) return `${name} is above ${model.layer}, expected an input`;
  // Whitespace around the dot is legal SQL and is nowhere written; the graph itself is read by the parser.
  const mention = new RegExp(`\\$\\{${input.layer}\\}\\.${input.name}(?![a-z0-9_])`, 'i');
  return mention.test(normaliseSql(model.sql))
    ? undefined
    : `${name} is not an input, the SQL does not read it`;
}

function sameTable(left: TableReference, right: TableReference): boolean {
  return left.layer === right.layer && left.name === right.name;
}

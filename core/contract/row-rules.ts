import type { RowRule } from './contract.ts';
import type { Problem } from './problem.ts';
import type { YamlFile } from './yaml-file.ts';

/** A rule as the JSON Schema lets it through. */
export type RuleYaml = {
  readonly id: string;
  readonly action: RowRule['action'];
  readonly column?: string;
  readonly columns?: readonly string[];
  readonly description: string;
  readonly broken_when: string;
};

const columnPlaceholder = '${column}';

/** A rule's condition for one of its columns; for the row as a whole where the rule names none. */
export type RuleCondition = { readonly column: string | undefined; readonly sql: string };

/** The conditions of a rule, any of which breaks it, in the order of its columns. */
export function conditionsOf(rule: RowRule): readonly RuleCondition[] {
  if (!rule.brokenWhen.includes(columnPlaceholder)) {
    return [{ column: rule.columns[0], sql: rule.brokenWhen }];
  }
  return rule.columns.map((column) => ({
    column,
    sql: rule.brokenWhen.replaceAll(columnPlaceholder, () => column),
  }));
}

/** Reads `rules` of a bronze contract, which may name these columns, and says what is wrong with them. */
export function readRules(
  rules: readonly RuleYaml[],
  columns: readonly string[],
  yaml: YamlFile,
  problems: Problem[],
): readonly RowRule[] {
  return rules.map((rule, index): RowRule => {
    const report = (path: readonly (string | number)[], message: string) =>
      problems.push({ ...yaml.positionOf(['rules', index, ...path]), message });
    const named = rule.columns ?? (rule.column === undefined ? [] : [rule.column]);
    named.forEach((name, at) => {
      const path = rule.columns ? ['columns', at] : ['column'];
      if (!columns.includes(name)) {
        report(path, `column "${name}" of rule ${rule.id} is not a column of the table`);
      }
      if (named.indexOf(name) < at) report(path, `column "${name}" of rule ${rule.id} is listed twice`);
    });
    if (rule.column !== undefined && rule.columns) {
      report(['columns'], `rule ${rule.id} has column and columns, expected one of them`);
    }
    const placeholders: readonly string[] = rule.broken_when.match(/\$\{[^}]*\}/g) ?? [];
    const unknown = placeholders.find((text) => text !== columnPlaceholder || !rule.columns);
    if (unknown !== undefined) {
      const expected = rule.columns ? columnPlaceholder : 'none: only rules with columns have a placeholder';
      report(['broken_when'], `condition of rule ${rule.id} has ${unknown}, expected ${expected}`);
    } else if (rule.columns && placeholders.length === 0) {
      report(
        ['broken_when'],
        `condition of rule ${rule.id} has no ${columnPlaceholder}, which stands for its columns`,
      );
    }
    return {
      id: rule.id,
      action: rule.action,
      columns: named,
      description: rule.description,
      brokenWhen: rule.broken_when.trim(),
      position: yaml.positionOfText(['rules', index, 'broken_when']),
    };
  });
}

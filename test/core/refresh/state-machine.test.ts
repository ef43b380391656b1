import { describe, expect, test } from '@jest/globals';
import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';

import { readTasks } from '../../../adapters/local/state-machine-document.ts';
import type { AslBranch, AslState } from '../../../core/refresh/asl.ts';
import { createStateMachine, stateName, stepFunctions } from '../../../core/refresh/state-machine.ts';
import { sketchGraph } from './support/sketch-graph.ts';

const graph = sketchGraph(
  {
    'silver.a': ['bronze.x'],
    'silver.b': ['silver.a'],
    'silver.c': ['silver.a'],
    'gold.d': ['silver.a'],
    'gold.e': ['gold.d'],
  },
  {
    OWN: { tables: ['silver.b', 'silver.a'] },
    ACROSS: { tables: ['silver.b', 'silver.c'] },
  },
  ['silver.b'],
);

function innerBranches(state: AslState): readonly AslBranch[] {
  if (state.Type === 'Parallel') return state.Branches;
  return state.Type === 'Map' ? [state.ItemProcessor] : [];
}

function allStates(branch: AslBranch): readonly (readonly [string, AslState])[] {
  return Object.entries(branch.States).flatMap((entry) => [
    entry,
    ...innerBranches(entry[1]).flatMap(allStates),
  ]);
}

describe('createStateMachine', () => {
  const document = createStateMachine(graph);
  const order = (() => {
    const names: string[] = [];
    for (let name = 'Pin run'; name !== undefined; ) {
      names.push(name);
      const state = document.States[name];
      name = (state && 'Next' in state ? state.Next : undefined) as string;
      if (names.length > 50) throw new Error('the chain does not end');
    }
    return names;
  })();

  test('builds silver level by level, then finds as_of, then builds gold, then publishes', () => {
    expect(order).toEqual([
      'Pin run',
      'Build silver 1',
      'Build silver 2',
      'Check across silver 2',
      'Find as_of',
      'Build gold 1',
      'Build gold 2',
      'Publish',
      'Finish',
      'How did it end',
    ]);
  });

  test('builds the tables of a level side by side, a branch a table', () => {
    const level = document.States['Build silver 2'];

    const starts = level?.Type === 'Parallel' ? level.Branches.map(({ StartAt }) => StartAt) : [];

    expect(starts).toEqual(['Build silver.b', 'Build silver.c']);
  });

  test('is a valid document, and one that the local interpreter runs', () => {
    const check = () =>
      new StateMachine(
        JSON.parse(
          JSON.stringify(document).replaceAll(
            /\$\{\w+Arn\}/g,
            'arn:aws:lambda:eu-west-1:123456789012:function:step',
          ),
        ) as StateMachineDefinition,
        { validationOptions: { checkPaths: true, checkArn: true } },
      );

    expect(check).not.toThrow();
    expect(() => readTasks(document)).not.toThrow();
  });

  test('calls every step, and nothing else but Athena', () => {
    const called = new Set(
      readTasks(document).map(({ target }) => (target.kind === 'step' ? target.step : 'athena')),
    );

    expect([...called].sort()).toEqual([...Object.keys(stepFunctions), 'athena'].sort());
  });

  test('has every state name once, of at most 80 characters', () => {
    const names = allStates(document).map(([name]) => name);

    expect(new Set(names).size).toBe(names.length);
    expect(Math.max(...names.map((name) => name.length))).toBeLessThanOrEqual(80);
  });

  test('shortens names of long tables without mixing them up', () => {
    const long = 'silver.'.padEnd(90, 'x');

    const names = [stateName('Build', `${long}1`), stateName('Build', `${long}2`)];

    expect(names.map((name) => name.length)).toEqual([80, 80]);
    expect(new Set(names).size).toBe(2);
  });

  test('retries every task, and gives every task a timeout', () => {
    for (const [name, state] of allStates(document)) {
      if (state.Type !== 'Task') continue;
      expect([name, state.Retry?.length ?? 0, state.TimeoutSeconds]).toEqual([
        name,
        expect.any(Number),
        expect.any(Number),
      ]);
      expect(state.Retry?.length).toBeGreaterThan(0);
    }
  });

  test('starts a failed table over at Prepare, and lets no failure out of its branch', () => {
    const states = new Map(allStates(document));
    const build = states.get('Build silver.b');

    if (build?.Type !== 'Parallel') throw new Error('expected a Parallel state');
    expect(build.Branches.map(({ StartAt }) => StartAt)).toEqual(['Prepare silver.b']);
    expect(build.Retry?.at(-1)?.ErrorEquals).toEqual(['States.ALL']);
    expect(build.Catch?.at(-1)?.ErrorEquals).toEqual(['States.ALL']);
  });

  test('asks for the partitions of partitioned tables only', () => {
    const names = allStates(document).map(([name]) => name);

    expect(names.filter((name) => name.startsWith('Survey'))).toEqual(['Survey silver.b']);
  });

  test('stays within what Step Functions takes as a definition for a hundred tables', () => {
    const tables = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [
        `silver.table_with_a_rather_long_name_${index}`,
        ['bronze.x'],
      ]),
    );

    const text = JSON.stringify(createStateMachine(sketchGraph(tables, {}, Object.keys(tables))));

    expect(text.length).toBeLessThan(1024 * 1024);
  });

  test('a pack without gold tables has no gold states', () => {
    const names = allStates(createStateMachine(sketchGraph({ 'silver.a': ['bronze.x'] }))).map(
      ([name]) => name,
    );

    expect(names.filter((name) => /gold|as_of/.test(name))).toEqual([]);
  });
});

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';

import { loadPacks } from '../../../core/contract/load-pack.ts';
import { readTableGraph, type TableGraph } from '../../../core/sql/graph.ts';
import { ShoplakeStack } from '../../../lib/shoplake-stack.ts';
import { readStageSettings } from '../../../lib/stage/stage-settings.ts';

const projectFolder = resolve(import.meta.dirname, '../../..');

/** The stages of cdk.json. */
export const stages = ['dev', 'staging', 'prod'] as const;
export type StageName = (typeof stages)[number];

/** `context` of cdk.json. */
export function projectContext(): Readonly<Record<string, unknown>> {
  const file = JSON.parse(readFileSync(join(projectFolder, 'cdk.json'), 'utf8')) as {
    readonly context: Readonly<Record<string, unknown>>;
  };
  return file.context;
}

/** The graphs of the packs that the project holds. */
export async function readGraphs(): Promise<readonly TableGraph[]> {
  const { packs } = await loadPacks(join(projectFolder, 'sql'));
  const read = await Promise.all(packs.map((pack) => readTableGraph(pack)));
  return read.flatMap(({ graph }) => graph ?? []);
}

/** The graph of one of these packs. */
export function graphOfPack(graphs: readonly TableGraph[], name: string): TableGraph {
  const graph = graphs.find(({ pack }) => pack.name === name);
  if (graph === undefined) throw new Error(`sql/ holds no pack ${name}`);
  return graph;
}

/** A stage's stack in a folder of its own, with a stand-in for the functions' code, which takes seconds to build. */
export type BuiltStack = Disposable & {
  readonly app: App;
  readonly stack: ShoplakeStack;
  /** Where the app is synthesised to. */
  readonly folder: string;
};

/** Builds the stack of a stage as bin/shoplake.ts does. */
export function buildStack(
  stage: StageName,
  graphs: readonly TableGraph[],
  context: Readonly<Record<string, unknown>> = {},
  idlePacks: readonly string[] = [],
): BuiltStack {
  const folder = mkdtempSync(join(tmpdir(), 'shoplake-stack-'));
  const functionCode = join(folder, 'functions');
  mkdirSync(functionCode);
  writeFileSync(join(functionCode, 'begin.mjs'), 'export const handler = async () => {};\n');
  const app = new App({
    outdir: join(folder, 'cdk.out'),
    // Names for people in place of logical ids.
    context: { ...projectContext(), 'aws:cdk:enable-path-metadata': true, ...context, stage },
  });
  const settings = readStageSettings(app.node);
  const stack = new ShoplakeStack(app, `Shoplake-${stage}`, { settings, graphs, idlePacks, functionCode });
  return {
    app,
    stack,
    folder,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The template of a stage. Rules are not checked here, since that takes far longer; nag.test.ts does. */
export function templateOf(
  stage: StageName,
  graphs: readonly TableGraph[],
  idlePacks: readonly string[] = [],
): Template {
  process.env.CDK_VALIDATION = 'false';
  using built = buildStack(stage, graphs, {}, idlePacks);
  return Template.fromStack(built.stack);
}

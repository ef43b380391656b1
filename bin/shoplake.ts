import { join, resolve } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';

import { loadPacks } from '../core/contract/load-pack.ts';
import { formatProblem } from '../core/contract/problem.ts';
import { readTableGraph, type TableGraph } from '../core/sql/graph.ts';
import { buildFunctionCode } from '../lib/functions/function-code.ts';
import { ShoplakeStack } from '../lib/shoplake-stack.ts';
import { chooseDeployed, readStageSettings } from '../lib/stage/stage-settings.ts';

/** Graphs of all packs. @throws Error that lists every problem with file and line: a wrong pack is not synthesised. */
async function readGraphs(root: string): Promise<readonly TableGraph[]> {
  const { packs, problems } = await loadPacks(root);
  const read = await Promise.all(packs.map((pack) => readTableGraph(pack)));
  const all = [...problems, ...read.flatMap((result) => result.problems)];
  if (all.length > 0) throw new Error(`the packs have mistakes:\n${all.map(formatProblem).join('\n')}`);
  return read.flatMap(({ graph }) => graph ?? []);
}

const app = new App();
const settings = readStageSettings(app.node);
/** `--context packs=DIR`: packs from elsewhere, as a shop with packs of its own keeps them. */
const packsFolder = resolve(app.node.tryGetContext('packs') ?? join(import.meta.dirname, '..', 'sql'));
const graphs = new Map((await readGraphs(packsFolder)).map((graph) => [graph.pack.name, graph]));
const deployed = chooseDeployed(settings, graphs);
new ShoplakeStack(app, `Shoplake-${settings.name}`, {
  description: `Shoplake ${settings.name}: CSV files in, trusted tables out.`,
  settings,
  graphs: deployed,
  idlePacks: [...graphs.keys()].filter((name) => deployed.every(({ pack }) => pack.name !== name)),
  functionCode: buildFunctionCode(settings.architecture, packsFolder),
  ...(process.env.CDK_DEFAULT_ACCOUNT === undefined
    ? {}
    : { env: { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION } }),
});
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));

import type { RefreshEnvironment } from '../environment.ts';
import type {
  AsOfInput,
  AsOfOutput,
  AttachInput,
  AttachOutput,
  BeginInput,
  BeginOutput,
  FinishInput,
  FinishOutput,
  GatherInput,
  GatherOutput,
  JudgeInput,
  JudgeOutput,
  PrepareInput,
  PrepareOutput,
  PublishInput,
  PublishOutput,
  RenderInput,
  RenderOutput,
} from '../payloads.ts';
import { resolveAsOf } from './as-of.ts';
import { attach } from './attach.ts';
import { begin } from './begin.ts';
import { finish } from './finish.ts';
import { gather } from './gather.ts';
import { judge } from './judge.ts';
import { prepare } from './prepare.ts';
import { publish } from './publish.ts';
import { render } from './render.ts';

/** A step: what a Lambda function carries out on AWS, and a call locally. */
export type Step<Input, Output> = (environment: RefreshEnvironment, input: Input) => Promise<Output>;

/** Every step by the name that the state machine gives its function. */
export type RefreshSteps = {
  readonly begin: Step<BeginInput, BeginOutput>;
  readonly prepare: Step<PrepareInput, PrepareOutput>;
  readonly render: Step<RenderInput, RenderOutput>;
  readonly attach: Step<AttachInput, AttachOutput>;
  readonly judge: Step<JudgeInput, JudgeOutput>;
  readonly gather: Step<GatherInput, GatherOutput>;
  readonly asOf: Step<AsOfInput, AsOfOutput>;
  readonly publish: Step<PublishInput, PublishOutput>;
  readonly finish: Step<FinishInput, FinishOutput>;
};

export const refreshSteps: RefreshSteps = {
  begin,
  prepare,
  render,
  attach,
  judge,
  gather,
  asOf: resolveAsOf,
  publish,
  finish,
};

import type { CfnResource } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Findings of a template checker that are no faults here, by rule, each with the reason. */
export type AcceptedFindings = Readonly<Record<string, string>>;

/** Tells checkov which of its findings about the resource are accepted, in the template itself. */
export function acceptCheckov(construct: IConstruct, findings: AcceptedFindings): void {
  resourceOf(construct).addMetadata('checkov', {
    skip: Object.entries(findings).map(([id, comment]) => ({ id, comment })),
  });
}

/** Tells cfn-lint which of its findings about the resource are accepted; it takes no reason, so that stands beside. */
export function acceptCfnLint(construct: IConstruct, findings: AcceptedFindings): void {
  resourceOf(construct).addMetadata('cfn-lint', {
    config: { ignore_checks: Object.keys(findings) },
    reasons: findings,
  });
}

function resourceOf(construct: IConstruct): CfnResource {
  return (construct.node.defaultChild ?? construct) as CfnResource;
}

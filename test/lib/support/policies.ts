import type { Template } from 'aws-cdk-lib/assertions';

type Resource = {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly Metadata?: { readonly 'aws:cdk:path'?: string };
};
type Statement = {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
};

/** What a role may do: `action[, action] on resource[, resource][ if condition]`, sorted. */
export type Rights = readonly string[];

/** The rights of every role and managed policy of the template, by readable names such as `Steps/begin`. */
export function readRights(template: Template): Readonly<Record<string, Rights>> {
  const resources = template.toJSON().Resources as Readonly<Record<string, Resource>>;
  const rights = new Map<string, string[]>();
  for (const [id, resource] of Object.entries(resources)) {
    if (resource.Type === 'AWS::IAM::Role') rights.set(nameOf(resources, id), []);
  }
  const add = (holder: string, document: unknown) => {
    const { Statement } = document as { readonly Statement: readonly Statement[] };
    const lines = Statement.map((statement) => describeStatement(resources, statement));
    rights.set(holder, [...(rights.get(holder) ?? []), ...lines]);
  };
  for (const [id, { Type, Properties }] of Object.entries(resources)) {
    if (Type === 'AWS::IAM::ManagedPolicy') add(nameOf(resources, id), Properties.PolicyDocument);
    if (Type === 'AWS::IAM::Policy') {
      for (const role of Properties.Roles as readonly { readonly Ref: string }[]) {
        add(nameOf(resources, role.Ref), Properties.PolicyDocument);
      }
    }
    if (Type === 'AWS::IAM::Role') {
      const inline = (Properties.Policies ?? []) as readonly { readonly PolicyDocument: unknown }[];
      for (const policy of inline) add(nameOf(resources, id), policy.PolicyDocument);
      const attached = (Properties.ManagedPolicyArns ?? []) as readonly unknown[];
      for (const policy of attached) {
        rights.get(nameOf(resources, id))?.push(`attached ${describe(resources, policy)}`);
      }
    }
  }
  return Object.fromEntries([...rights].map(([holder, lines]) => [holder, [...lines].sort()]));
}

function describeStatement(
  resources: Readonly<Record<string, Resource>>,
  { Effect, Action, Resource: on, Condition }: Statement,
): string {
  const actions = [Action].flat().join(', ');
  const targets = [on].flat().map((target) => describe(resources, target));
  const condition =
    Condition === undefined ? '' : ` if ${JSON.stringify(resolveTexts(resources, Condition))}`;
  return `${Effect === 'Allow' ? '' : `${Effect} `}${actions} on ${targets.sort().join(', ')}${condition}`;
}

/** An ARN as a person would name it: `Storage/Bronze/*`, `glue:table/retail_gold/*`. */
function describe(resources: Readonly<Record<string, Resource>>, value: unknown): string {
  return textOf(resources, value).replace(
    /^arn:<AWS::Partition>:([a-z0-9-]+):<AWS::Region>:<AWS::AccountId>:/,
    '$1:',
  );
}

function textOf(resources: Readonly<Record<string, Resource>>, value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return String(value);
  if ('Fn::Join' in value) {
    const [separator, parts] = value['Fn::Join'] as readonly [string, readonly unknown[]];
    return parts.map((part) => textOf(resources, part)).join(separator);
  }
  const id =
    'Ref' in value
      ? String(value.Ref)
      : 'Fn::GetAtt' in value
        ? String((value['Fn::GetAtt'] as readonly string[])[0])
        : undefined;
  if (id === undefined) return JSON.stringify(value);
  return id.startsWith('AWS::') ? `<${id}>` : nameOf(resources, id);
}

function resolveTexts(resources: Readonly<Record<string, Resource>>, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('Fn::Join' in value || 'Ref' in value || 'Fn::GetAtt' in value) return describe(resources, value);
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, resolveTexts(resources, inner)]),
  );
}

/** The construct's path without the stack, and without what all of a kind have in common. */
function nameOf(resources: Readonly<Record<string, Resource>>, id: string): string {
  const path = resources[id]?.Metadata?.['aws:cdk:path'];
  if (path === undefined) return id;
  return path
    .split('/')
    .slice(1)
    .join('/')
    .replace(/(\/(Resource|Role|Function|Table|Machine))+$/, '');
}

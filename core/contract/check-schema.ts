import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { Problem } from './problem.ts';
import bronzeSchema from './schemas/bronze.schema.json' with { type: 'json' };
import modelSchema from './schemas/model.schema.json' with { type: 'json' };
import packSchema from './schemas/pack.schema.json' with { type: 'json' };
import type { YamlFile, YamlPath } from './yaml-file.ts';

// `patternErrorMessage` is the word that editors know for "what was expected instead".
const ajv = new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true, strictTypes: false });
ajv.addVocabulary(['patternErrorMessage']);

const validators = {
  pack: ajv.compile(packSchema),
  bronze: ajv.compile(bronzeSchema),
  model: ajv.compile(modelSchema),
} satisfies Record<string, ValidateFunction>;

/** Compares a file with the JSON Schema of its kind, the one that editors use, and says each difference with its place. */
export function checkSchema(kind: 'pack' | 'bronze' | 'model', yaml: YamlFile): readonly Problem[] {
  if (yaml.problems.length > 0) return yaml.problems;
  if (yaml.value === null || typeof yaml.value !== 'object' || Array.isArray(yaml.value)) {
    return [{ ...yaml.positionOf([]), message: 'not a contract, expected keys such as `description: …`' }];
  }
  const validate = validators[kind];
  if (validate(yaml.value)) return [];
  return (validate.errors ?? [])
    .filter((error) => error.keyword !== 'if')
    .map((error) => toProblem(error, yaml));
}

function toProblem(error: ErrorObject, yaml: YamlFile): Problem {
  const path = pathOf(error.instancePath, yaml.value);
  const name = String(path.findLast((step) => typeof step === 'string') ?? 'file');
  const value = typeof error.data === 'object' ? name : `${name} ${JSON.stringify(error.data)}`;
  const parent = error.parentSchema as { properties?: object; patternErrorMessage?: string } | undefined;
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(error.params.additionalProperty);
      const known = Object.keys(parent?.properties ?? {}).join(', ');
      return {
        ...yaml.positionOfKey([...path, key]),
        message: `unknown key "${key}", expected one of ${known}`,
      };
    }
    case 'required':
      return { ...yaml.positionOf(path), message: `missing key "${error.params.missingProperty}"` };
    case 'enum':
      return {
        ...yaml.positionOf(path),
        message: `${value} is unknown, expected one of ${error.params.allowedValues.join(', ')}`,
      };
    case 'type':
      return {
        ...yaml.positionOf(path),
        message: `${value} has the wrong form, expected ${[error.params.type].flat().join(' or ')}`,
      };
    case 'pattern':
      if (error.propertyName !== undefined) {
        return {
          ...yaml.positionOfKey([...path, error.propertyName]),
          message: `key "${error.propertyName}" is malformed, ${parent?.patternErrorMessage ?? error.message}`,
        };
      }
      return {
        ...yaml.positionOf(path),
        message: `${value} is malformed, ${parent?.patternErrorMessage ?? error.message}`,
      };
    case 'propertyNames':
      return { ...yaml.positionOfKey([...path, error.params.propertyName]), message: 'the key is malformed' };
    case 'minLength':
    case 'minItems':
    case 'minProperties':
      return { ...yaml.positionOf(path), message: `${name} is empty, expected at least one` };
    default:
      return { ...yaml.positionOf(path), message: `${value} ${error.message ?? 'is wrong'}` };
  }
}

/** A JSON pointer as path; a step into a list is an index. */
function pathOf(pointer: string, root: unknown): YamlPath {
  const path: (string | number)[] = [];
  let value = root;
  for (const step of pointer.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(value) ? Number(key) : key);
    value = (value as Record<string, unknown> | undefined)?.[key];
  }
  return path;
}

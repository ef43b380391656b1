import type { RefreshEnvironment } from '../../../../core/refresh/environment.ts';

/** What every call gets once the process is taken for dead. */
export class KilledError extends Error {
  override readonly name = 'KilledError';
}

/**
 * An environment that dies at its n-th call of a port: every second n before the call takes effect, else after it and
 * before the answer. From then on nothing more takes effect, as after `kill -9`.
 */
export function killAfter(
  environment: RefreshEnvironment,
  calls: number,
): { readonly environment: RefreshEnvironment; count(): number } {
  let count = 0;
  const tell = () => {
    throw new KilledError(`killed at call ${calls}`);
  };
  const wrap = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return (...inputs: unknown[]) => {
          count += 1;
          if (count > calls || (count === calls && calls % 2 === 0)) tell();
          const answer: unknown = Reflect.apply(member, target, inputs);
          if (count === calls && answer instanceof Promise) return answer.then(tell);
          return answer;
        };
      },
    });
  return {
    environment: {
      ...environment,
      store: wrap(environment.store),
      catalog: wrap(environment.catalog),
      engine: wrap(environment.engine),
      runs: wrap(environment.runs),
      loads: wrap(environment.loads),
    },
    count: () => count,
  };
}

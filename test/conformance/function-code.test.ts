import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { expect, test } from '@jest/globals';

import { buildFunctionCode } from '../../lib/functions/function-code.ts';

/** `e_machine` of an ELF file's header. */
const machines = { arm64: 0xb7, x86_64: 0x3e } as const;

// The binding of a processor that is not this machine's comes from npm's registry.
test.each(['arm64', 'x86_64'] as const)(
  'code for %s holds the binding of that processor and of no other, whatever builds it',
  (architecture) => {
    const folder = buildFunctionCode(architecture, resolve(import.meta.dirname, '../../sql'));
    try {
      const native = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
        /\.(node|so)$/.test(path),
      );

      expect(native.length).toBeGreaterThanOrEqual(2);
      for (const path of native) {
        expect([path, readFileSync(join(folder, path)).readUInt16LE(18)]).toEqual([
          path,
          machines[architecture],
        ]);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

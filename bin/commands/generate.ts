import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Command, InvalidArgumentError } from 'commander';
import type { PackGenerator } from '../../core/generate/generator.ts';
import { MANIFEST_NAME, writeGeneratedFiles } from '../../core/generate/write-files.ts';
import { UsageError } from '../command-error.ts';
import { withProgress } from '../progress-display.ts';
import { findPack, type GlobalOptions, readPacks } from '../session.ts';
import { formatCount, formatQuantity, openTerminal } from '../terminal.ts';

type GenerateOptions = GlobalOptions & {
  readonly out: string;
  readonly seed: number;
  readonly scale: number;
  readonly dirty: number;
  readonly days?: number;
};

/** `lake generate`: data of any size, the same for the same seed. */
export function addGenerateCommand(program: Command): void {
  program
    .command('generate')
    .description('make CSV files of a pack, the same ones for the same seed')
    .argument('<pack>', 'the pack, e.g. retail')
    .requiredOption('--out <dir>', 'folder to write to; laid out as landing/<pack>/')
    .option('--seed <n>', 'decides the data', parseSeed, 1)
    .option('--scale <x>', "1 is the pack's usual size, 0.1 a tenth of it", parseScale, 1)
    .option('--dirty <share>', `share of broken records, listed in ${MANIFEST_NAME}`, parseShare, 0)
    .option('--days <n>', 'only so many days from the first, for packs that come in days', parseDays)
    .addHelpText(
      'after',
      `
Examples:
  $ lake generate retail --out data/retail --scale 0.1
  $ lake load retail data/retail`,
    )
    .action(async (packName: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<GenerateOptions>();
      const terminal = openTerminal();
      const pack = findPack(await readPacks(options.packs), packName);
      const generator = await importGenerator(options.packs, pack.name);
      if (options.days !== undefined && generator.takesDays !== true) {
        throw new UsageError(`the generator of pack ${pack.name} takes no --days`);
      }
      const folder = resolve(options.out);
      const files = generator.generate({
        seed: options.seed,
        scale: options.scale,
        dirtyShare: options.dirty,
        ...(options.days === undefined ? {} : { days: options.days }),
      });
      // A line a file would be hundreds.
      const quiet = { ...terminal, note: () => undefined };
      const written = await withProgress(quiet, (listener) => writeGeneratedFiles(files, folder, listener));
      terminal.print(
        `${formatQuantity(written.files, 'file')} with ${formatQuantity(written.records, 'record')} ` +
          `(${formatSize(written.bytes)}) in ${options.out}`,
      );
      if (written.planted > 0) {
        terminal.print(
          `beside them ${formatQuantity(written.planted, 'broken record')}, listed in ${join(options.out, MANIFEST_NAME)}`,
        );
      }
    });
}

function formatSize(bytes: number): string {
  return bytes < 1e6
    ? `${formatCount(Math.ceil(bytes / 1e3))} kB`
    : `${formatCount(Math.round(bytes / 1e6))} MB`;
}

type GeneratorModule = { readonly generate: PackGenerator; readonly takesDays?: boolean };

/** A pack's generator is found by its place, so that a new pack needs no code here. */
async function importGenerator(packs: string, pack: string): Promise<GeneratorModule> {
  const file = resolve(packs, pack, 'generate.ts');
  if (!existsSync(file)) {
    throw new UsageError(`pack ${pack} has no generator, expected ${file}`);
  }
  const found = (await import(pathToFileURL(file).href)) as Partial<GeneratorModule>;
  if (typeof found.generate !== 'function') {
    throw new UsageError(`${file} exports no function "generate"`);
  }
  return { ...found, generate: found.generate };
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new InvalidArgumentError('expected a whole number from 0.');
  }
  return seed;
}

function parseScale(text: string): number {
  const scale = Number(text);
  if (!(scale > 0 && scale <= 1000)) {
    throw new InvalidArgumentError('expected a number above 0, up to 1000.');
  }
  return scale;
}

function parseDays(text: string): number {
  const days = Number(text);
  if (!(Number.isInteger(days) && days >= 1 && days <= 3660)) {
    throw new InvalidArgumentError('expected a whole number from 1 to 3660.');
  }
  return days;
}

function parseShare(text: string): number {
  const share = Number(text);
  if (text.trim() === '' || !(share >= 0 && share <= 0.4)) {
    throw new InvalidArgumentError('expected a number from 0 to 0.4.');
  }
  return share;
}

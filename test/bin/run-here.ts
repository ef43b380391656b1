import { jest } from '@jest/globals';
import { runCommandLine } from '../../bin/program.ts';
import type { CommandResult } from './lake-process.ts';

/** Runs a command line in this process, as without a terminal: starting one each time would take minutes in all. */
export async function runHere(...words: readonly string[]): Promise<CommandResult> {
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) => {
    const stream = process[name];
    const { isTTY } = stream;
    stream.isTTY = false;
    const write = jest.spyOn(stream, 'write').mockImplementation((text) => {
      written[name] += String(text);
      return true;
    });
    return () => {
      stream.isTTY = isTTY;
      write.mockRestore();
    };
  });
  try {
    return { code: await runCommandLine(words), ...written };
  } finally {
    for (const restore of spies) {
      restore();
    }
  }
}

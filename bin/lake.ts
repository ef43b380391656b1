import { runCommandLine } from './program.ts';
import { endWithReader } from './terminal.ts';

// npm runs scripts in the package's folder; paths on the command line are meant from where the person stands.
if (process.env.npm_lifecycle_event === 'lake' && process.env.INIT_CWD) {
  process.chdir(process.env.INIT_CWD);
}
endWithReader();
process.exitCode = await runCommandLine(process.argv.slice(2));

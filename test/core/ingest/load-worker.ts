import { loadFiles } from '../../../core/ingest/load-files.ts';
import { openIngestLake } from './ingest-lake.ts';
import { things } from './things.ts';

/** A process that loads: folder of the lake, files a batch, then keys under landing. */
const [folder, batchSize, ...names] = process.argv.slice(2);
const lake = openIngestLake(folder!);
for (let start = 0; start < names.length; start += Number(batchSize)) {
  const files = names
    .slice(start, start + Number(batchSize))
    .map((name) => ({ location: `file://${folder}/landing/test/things/${name}`, sourceFile: name }));
  await loadFiles(lake, things, files);
}
lake.close();

import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, type Dirent } from 'node:fs';
import { link, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import {
  ObjectExistsError,
  type ObjectInfo,
  ObjectNotFoundError,
  type ObjectStore,
} from '../../core/ports/object-store.ts';

/** The path of a `file:///` location. Locations are not URL-encoded. */
export function localPathOf(location: string): string {
  if (!location.startsWith('file:///')) {
    throw new Error(`location "${location}" is no local file, expected file:///…`);
  }
  return location.slice('file://'.length);
}

/** The location of an absolute path. */
export function locationOf(path: string): string {
  return `file://${path}`;
}

// A file on its way stands beside its place, since a rename is atomic only within a file system; lists leave it out.
const unfinished = /\.[0-9a-f-]{36}\.unfinished$/;

/** Bytes copied at a time: Node's 64 KB pieces make work for the garbage collector. */
const downloadBlock = 1 << 20;

/** Objects as files of this machine, by `file:///` locations. A written object survives a power cut. */
export function createFolderStore(): ObjectStore {
  return { read, readRange, write, writeIfAbsent, head, list, remove, download, upload };
}

async function read(location: string): Promise<Uint8Array> {
  const file = await openExisting(location);
  try {
    return await file.readFile();
  } finally {
    await file.close();
  }
}

async function readRange(location: string, start: number, end: number): Promise<Uint8Array> {
  const file = await openExisting(location);
  try {
    const bytes = new Uint8Array(Math.max(0, end - start));
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  } finally {
    await file.close();
  }
}

async function write(location: string, bytes: Uint8Array): Promise<void> {
  const path = localPathOf(location);
  const temporary = await writeBeside(path, bytes);
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

async function writeIfAbsent(location: string, bytes: Uint8Array): Promise<void> {
  const path = localPathOf(location);
  const temporary = await writeBeside(path, bytes);
  try {
    // A link fails where something stands, unlike a rename, and never shows a part of the bytes, unlike O_EXCL.
    await link(temporary, path);
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') throw new ObjectExistsError(location, { cause });
    throw cause;
  } finally {
    await unlink(temporary);
  }
  await syncFolder(dirname(path));
}

async function head(location: string): Promise<ObjectInfo | undefined> {
  try {
    const found = await stat(localPathOf(location));
    return found.isFile() ? infoOf(location, found) : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function* list(prefix: string): AsyncGenerator<ObjectInfo> {
  const path = localPathOf(prefix);
  const folder = path.endsWith('/') ? path : `${dirname(path)}/`;
  yield* listFolder(folder.replace(/\/+$/, '') || '/', path);
}

async function* listFolder(folder: string, prefix: string): AsyncGenerator<ObjectInfo> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  // Byte order of whole locations: a folder sorts as its name followed by a slash.
  const named = entries
    .map((entry) => ({ entry, key: Buffer.from(entry.isDirectory() ? `${entry.name}/` : entry.name) }))
    .sort((a, b) => Buffer.compare(a.key, b.key));
  for (const { entry } of named) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      const inside = `${path}/`;
      if (inside.startsWith(prefix) || prefix.startsWith(inside)) yield* listFolder(path, prefix);
    } else if (path.startsWith(prefix) && !unfinished.test(entry.name)) {
      const info = await head(locationOf(path));
      if (info !== undefined) yield info;
    }
  }
}

async function remove(locations: readonly string[]): Promise<void> {
  for (const location of locations) {
    try {
      await unlink(localPathOf(location));
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
}

async function download(location: string, localPath: string): Promise<ObjectInfo> {
  const file = await openExisting(location);
  const info = infoOf(location, await file.stat());
  await pipeline(
    file.createReadStream({ highWaterMark: downloadBlock }),
    createWriteStream(localPath, { flags: 'wx' }),
  );
  return info;
}

async function upload(localPath: string, location: string): Promise<void> {
  const path = localPathOf(location);
  await makeFolder(dirname(path));
  try {
    await syncFile(localPath);
    await rename(localPath, path);
  } catch (error) {
    if (codeOf(error) !== 'EXDEV') throw error;
    const temporary = temporaryBeside(path);
    await pipeline(createReadStream(localPath), createWriteStream(temporary, { flags: 'wx' }));
    await syncFile(temporary);
    await rename(temporary, path);
    await unlink(localPath);
  }
  await syncFolder(dirname(path));
}

async function openExisting(location: string) {
  try {
    return await open(localPathOf(location), 'r');
  } catch (cause) {
    if (isMissing(cause)) throw new ObjectNotFoundError(location, { cause });
    throw cause;
  }
}

async function writeBeside(path: string, bytes: Uint8Array): Promise<string> {
  await makeFolder(dirname(path));
  const temporary = temporaryBeside(path);
  const file = await open(temporary, 'wx');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  return temporary;
}

function temporaryBeside(path: string): string {
  return join(dirname(path), `.${randomUUID()}.unfinished`);
}

async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  // A new folder's own entry must survive as well as the file in it.
  if (first !== undefined) await syncFolder(dirname(first));
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  await syncFile(folder);
}

function infoOf(location: string, found: { readonly size: number; readonly mtimeMs: number }): ObjectInfo {
  return { location, size: found.size, modifiedAt: Math.floor(found.mtimeMs) };
}

function isMissing(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}

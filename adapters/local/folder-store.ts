import type { ObjectStore } from '../../core/ports/object-store.ts';

/** The path of a `file:///` location. Locations are not URL-encoded. */
export function localPathOf(location: string): string {
  if (!location.startsWith('file:///'))
    throw new Error(`location "${location}" is no local file, expected file:///…`);
  return location.slice('file://'.length);
}

/** The location of an absolute path. */
export function locationOf(path: string): string {
  return `file://${path}`;
}

/** Objects as files of this machine, by `file:///` locations. */
export function createFolderStore(): ObjectStore {
  throw new Error('not written yet');
}

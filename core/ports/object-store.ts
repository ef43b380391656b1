/**
 * Where files live: S3 on AWS, folders on one machine.
 *
 * A location is an absolute URI as it stands in Iceberg metadata: `s3://bucket/key` or `file:///folder/name`.
 * Keys are stored as they are, with blanks, `+`, `%` and unicode in place: a location is not URL-encoded.
 */
export type ObjectStore = {
  /** The bytes of one object. @throws ObjectNotFoundError */
  read(location: string): Promise<Uint8Array>;
  /** Bytes `start` (inclusive) to `end` (exclusive). @throws ObjectNotFoundError */
  readRange(location: string, start: number, end: number): Promise<Uint8Array>;
  /** Replaces the object atomically: a reader sees the old bytes or the new, never a part. */
  write(location: string, bytes: Uint8Array): Promise<void>;
  /** Writes only if nothing is there; one of several racing writers wins. @throws ObjectExistsError */
  writeIfAbsent(location: string, bytes: Uint8Array): Promise<void>;
  /** Size in bytes and last change of the object, or undefined if there is none. */
  head(location: string): Promise<ObjectInfo | undefined>;
  /** Every object whose location starts with `prefix`, in byte order of the location. */
  list(prefix: string): AsyncIterable<ObjectInfo>;
  /** Removes the objects; those that do not exist are no error. */
  remove(locations: readonly string[]): Promise<void>;
  /** Streams the object into a new local file. @throws ObjectNotFoundError */
  download(location: string, localPath: string): Promise<ObjectInfo>;
  /** Streams a local file into the object and removes the local file. */
  upload(localPath: string, location: string): Promise<void>;
};

/** One object, as the store lists it. */
export type ObjectInfo = {
  readonly location: string;
  /** Size in bytes. */
  readonly size: number;
  /** Last change, in milliseconds since 1970 (S3's LastModified, a file's mtime). */
  readonly modifiedAt: number;
};

/** Nothing is stored at the location. */
export class ObjectNotFoundError extends Error {
  override readonly name = 'ObjectNotFoundError';
  constructor(location: string, options?: ErrorOptions) {
    super(`no object at ${location}`, options);
  }
}

/** Something is stored at the location already. */
export class ObjectExistsError extends Error {
  override readonly name = 'ObjectExistsError';
  constructor(location: string, options?: ErrorOptions) {
    super(`an object exists already at ${location}`, options);
  }
}

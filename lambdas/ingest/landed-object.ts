import type { LandedFile } from '../../core/ingest/environment.ts';

/** What a message of an ingest queue tells: an object came or went. */
export type ObjectEvent = {
  readonly kind: 'created' | 'deleted';
  readonly pack: string;
  readonly dataset: string;
  readonly file: LandedFile;
};

/**
 * Reads S3's event as EventBridge delivers it. Its object key is the key itself: unlike in S3's own notifications it is not URL-encoded
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html).
 * @throws Error if the body is no such event, or its key is not `<pack>/<dataset>/<file>`
 */
export function readObjectEvent(body: string): ObjectEvent {
  const event = JSON.parse(body) as {
    readonly 'detail-type'?: string;
    readonly detail?: {
      readonly bucket?: { readonly name?: string };
      readonly object?: { readonly key?: string };
    };
  };
  const bucket = event.detail?.bucket?.name;
  const key = event.detail?.object?.key;
  if (bucket === undefined || key === undefined) throw new Error('the message is no S3 event of EventBridge');
  const [pack, dataset, ...rest] = key.split('/');
  if (pack === undefined || dataset === undefined || rest.length === 0) {
    throw new Error(`object key "${key}" has no dataset, expected <pack>/<dataset>/<file>`);
  }
  return {
    kind: event['detail-type'] === 'Object Deleted' ? 'deleted' : 'created',
    pack,
    dataset,
    file: { location: `s3://${bucket}/${key}`, sourceFile: rest.join('/') },
  };
}

import { AthenaClient } from '@aws-sdk/client-athena';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GlueClient } from '@aws-sdk/client-glue';
import { S3Client } from '@aws-sdk/client-s3';

/** The AWS clients of one process. Close them with {@link closeAwsClients}. */
export type AwsClients = {
  readonly s3: S3Client;
  /** For reads and for calls that may be repeated. */
  readonly glue: GlueClient;
  /** Sends a call once. For catalog commits: a repeated commit that had taken effect looks like a conflict. */
  readonly glueOnce: GlueClient;
  readonly athena: AthenaClient;
  readonly dynamo: DynamoDBClient;
};

/**
 * Clients configured by the environment in the usual way: the SDK itself reads `AWS_REGION`, credentials and
 * `AWS_ENDPOINT_URL` (https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html). Only what it does not
 * decide is decided here: patience, timeouts, and path-style S3 addresses where an endpoint is given, because an
 * emulator has no host name per bucket. `AWS_S3_FORCE_PATH_STYLE` (`true` or `false`) overrides that.
 */
export function createAwsClients(): AwsClients {
  const shared = { ...regionOf(), requestHandler: { ...timeouts } };
  // Eight attempts: the SDK's backoff doubles from half a second when throttled, so a burst of some 30 s is outlived.
  const patient = { ...shared, maxAttempts: 8 };
  return {
    // A slow large object is no failure, so bytes may take as long as they flow.
    s3: new S3Client({
      ...patient,
      requestHandler: { connectionTimeout: timeouts.connectionTimeout, socketTimeout: 60_000 },
      forcePathStyle: usesPathStyle(),
    }),
    glue: new GlueClient(patient),
    glueOnce: new GlueClient({ ...shared, maxAttempts: 1 }),
    athena: new AthenaClient(patient),
    dynamo: new DynamoDBClient(patient),
  };
}

/** Closes the clients' connections, so that a process can end. */
export function closeAwsClients(clients: AwsClients): void {
  for (const client of Object.values(clients)) {
    client.destroy();
  }
}

// `requestTimeout` only warns unless it is told to throw.
const timeouts = { connectionTimeout: 5_000, requestTimeout: 60_000, throwOnRequestTimeout: true } as const;

/** `AWS_REGION` goes first, as in every SDK; other tools set `AWS_DEFAULT_REGION` alone. */
export function regionOf(): { readonly region?: string } {
  const region = process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
  return region === undefined ? {} : { region };
}

function usesPathStyle(): boolean {
  const forced = process.env.AWS_S3_FORCE_PATH_STYLE;
  if (forced !== undefined) {
    return forced === 'true';
  }
  return process.env.AWS_ENDPOINT_URL_S3 !== undefined || process.env.AWS_ENDPOINT_URL !== undefined;
}

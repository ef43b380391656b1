/** True if AWS answered with the error of that name, e.g. `NoSuchKey`. */
export function isServiceError(error: unknown, ...names: readonly string[]): error is Error {
  return isError(error) && names.includes(error.name);
}

/** HTTP status of AWS's answer, or undefined if there was none. */
export function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) {
    return undefined;
  }
  const metadata = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) {
    return undefined;
  }
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

/** What can be said of a call that failed. */
export type Failure =
  /** AWS turned it away before doing anything: the same call may be sent again. */
  | 'throttled'
  /** It did not take effect. */
  | 'refused'
  /** The answer was lost, or the service broke down: it may have taken effect, or may still do so. */
  | 'unknown';

/**
 * Tells whether a failed call may have taken effect. Anything not known to be harmless is `unknown`: for a commit the
 * wrong guess is a lost table (https://github.com/apache/iceberg/issues/7151).
 */
export function classifyFailure(error: unknown): Failure {
  if (isServiceError(error, ...throttlingNames) || statusOf(error) === 429) {
    return 'throttled';
  }
  // Glue reports a timeout of its own with status 400; the work behind it may have been done.
  // https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateTable.html#API_UpdateTable_Errors
  if (isServiceError(error, 'OperationTimeoutException', 'InternalServiceException')) {
    return 'unknown';
  }
  const status = statusOf(error);
  if (status !== undefined) {
    return status >= 400 && status < 500 && status !== 408 ? 'refused' : 'unknown';
  }
  return wasNeverSent(error) ? 'refused' : 'unknown';
}

/** True for a connection that broke, or an answer that did not come: reads may simply be repeated. */
export function isConnectionError(error: unknown): boolean {
  return isError(error) && (connectionNames.has(error.name) || connectionNames.has(codeOf(error)));
}

/** No name, no route, nobody listening, or no credentials to sign with: nothing left this machine. */
function wasNeverSent(error: unknown): boolean {
  return isError(error) && (error.name === 'CredentialsProviderError' || unsentCodes.has(codeOf(error)));
}

/** By its form and not by `instanceof`: a socket's error may come from another realm than this module's. */
function isError(error: unknown): error is Error {
  return typeof error === 'object' && error !== null && 'name' in error && 'message' in error;
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

const throttlingNames = [
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'Throttling',
  'ThrottledException',
  'ThrottlingException',
  'TooManyRequestsException',
] as const;

const unsentCodes: ReadonlySet<string> = new Set(['EAI_AGAIN', 'ECONNREFUSED', 'ENOTFOUND']);

const connectionNames: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ETIMEDOUT',
  'TimeoutError',
]);

// Jest's global setup of the conformance tests: stops before the first test if the environment does not name an AWS
// endpoint or account, and says what is missing.
const { ListBucketsCommand, S3Client } = require('@aws-sdk/client-s3');

module.exports = async () => {
  const { AWS_REGION, AWS_DEFAULT_REGION, AWS_ENDPOINT_URL, SHOPLAKE_CONFORMANCE_ACCOUNT } = process.env;
  const missing = [
    ...(AWS_REGION || AWS_DEFAULT_REGION ? [] : ['AWS_REGION, the region to run in']),
    // The tests create and remove buckets, databases and tables: an account that happens to be configured is not enough.
    ...(AWS_ENDPOINT_URL || SHOPLAKE_CONFORMANCE_ACCOUNT === 'yes'
      ? []
      : [
          'AWS_ENDPOINT_URL, an emulator; or SHOPLAKE_CONFORMANCE_ACCOUNT=yes to use the AWS account of your credentials',
        ]),
  ];
  if (missing.length > 0) {
    throw new Error(`the conformance tests need in the environment:\n  ${missing.join('\n  ')}`);
  }
  const s3 = new S3Client({
    region: AWS_REGION || AWS_DEFAULT_REGION,
    forcePathStyle: Boolean(AWS_ENDPOINT_URL),
    maxAttempts: 2,
  });
  try {
    await s3.send(new ListBucketsCommand({}));
  } catch (error) {
    throw new Error(
      `${AWS_ENDPOINT_URL ?? 'AWS'} does not answer ListBuckets: ${error.name} ${error.message}`,
    );
  } finally {
    s3.destroy();
  }
};

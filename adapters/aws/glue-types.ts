/**
 * The Hive type that Glue's console shows for an Iceberg type as metadata JSON writes it. Engines read the Iceberg
 * metadata and not this; so a type without a counterpart is shown as `string`, as Iceberg's own Glue catalog does for
 * `uuid` and `time`. See https://iceberg.apache.org/docs/latest/hive/#iceberg-to-hive-type-conversion.
 */
export function toGlueType(icebergType: string): string {
  const decimal = /^decimal\(\s*(\d+)\s*,\s*(\d+)\s*\)$/.exec(icebergType);
  if (decimal !== null) {
    return `decimal(${decimal[1]},${decimal[2]})`;
  }
  return glueTypes[icebergType] ?? (icebergType.startsWith('fixed[') ? 'binary' : 'string');
}

const glueTypes: Readonly<Record<string, string>> = {
  boolean: 'boolean',
  int: 'int',
  long: 'bigint',
  float: 'float',
  double: 'double',
  date: 'date',
  timestamp: 'timestamp',
  timestamptz: 'timestamp',
  binary: 'binary',
};

import { coerce } from './coercion.ts';
import { type CompileContext, refuse, type Typed } from './compile-context.ts';
import type { Fields, Node } from './parse.ts';
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  duckDbType,
  formatSqlType,
  INTEGER,
  isInteger,
  isNumeric,
  type SqlType,
  VARBINARY,
  VARCHAR,
} from './sql-type.ts';

/** The type that a `cast` names. */
export function readType(context: CompileContext, node: Node, to: Fields): SqlType {
  const number = (field: string): number | undefined =>
    typeof to[field] === 'number' ? (to[field] as number) : undefined;
  const zone = to.timezone === true;
  switch (to.data_type) {
    case 'boolean':
      return BOOLEAN;
    case 'int':
      return INTEGER;
    case 'big_int':
      return BIGINT;
    case 'double':
      return DOUBLE;
    case 'float':
      return { kind: 'real' };
    case 'date':
      return DATE;
    case 'var_binary':
      return VARBINARY;
    case 'var_char': {
      const length = number('length');
      return length === undefined ? VARCHAR : { kind: 'varchar', length };
    }
    case 'decimal': {
      const precision = number('precision') ?? 38;
      const scale = number('scale') ?? 0;
      if (precision < 1 || precision > 38 || scale > precision)
        return refuse(
          context,
          node,
          ['cast', 'try_cast'],
          `decimal(${precision}, ${scale}), expected a precision of 1 to 38 and a scale within it`,
        );
      return decimal(precision, scale);
    }
    case 'timestamp': {
      const precision = number('precision') ?? 3;
      if (precision > 6)
        return refuse(
          context,
          node,
          ['cast', 'try_cast'],
          `timestamp(${precision}), expected at most timestamp(6)`,
        );
      return { kind: zone ? 'timestamptz' : 'timestamp', precision };
    }
    case 'array':
      return { kind: 'array', element: readType(context, node, to.element_type as Fields) };
    default:
      return refuse(
        context,
        node,
        ['cast', 'try_cast'],
        `type ${String(to.data_type).replace('_', '')}, expected boolean, integer, bigint, decimal, varchar, date or timestamp`,
      );
  }
}

/** `cast` and `try_cast` with Trino's rules: what text is taken, how numbers round, what is cut. */
export function compileCast(
  context: CompileContext,
  node: Node,
  value: Typed,
  to: SqlType,
  safe: boolean,
): Typed {
  const from = value.type;
  if (from.kind === 'broken' || to.kind === 'broken') return { sql: 'null', type: to };
  const done = (sql: string): Typed => ({ sql, type: to });
  const cast = safe ? 'try_cast' : 'cast';
  const plain = (): Typed => done(`${cast}(${value.sql} as ${duckDbType(to)})`);
  const never = (): never =>
    refuse(
      context,
      node,
      ['cast', 'try_cast'],
      `a cast from ${formatSqlType(from)} to ${formatSqlType(to)} does not mean the same on Athena and DuckDB`,
    );

  if (from.kind === 'unknown') return done(`cast(null as ${duckDbType(to)})`);
  switch (to.kind) {
    case 'varchar':
      return castToText(value, to, done, never);
    case 'boolean':
      if (from.kind === 'boolean') return done(value.sql);
      if (from.kind === 'varchar') return done(`lake_boolean(${value.sql}, ${safe})`);
      return isInteger(from) ? plain() : never();
    case 'integer':
    case 'bigint':
      if (from.kind === 'varchar')
        return done(`${cast}(lake_integer_text(${value.sql}, ${safe}) as ${duckDbType(to)})`);
      // Trino rounds half away from zero; DuckDB's cast of a double rounds half to even, its round() as Trino.
      if (from.kind === 'double') return done(`${cast}(round(${value.sql}) as ${duckDbType(to)})`);
      return from.kind === 'real' || !(isNumeric(from) || from.kind === 'boolean') ? never() : plain();
    case 'decimal':
      if (from.kind === 'varchar')
        return done(`${cast}(lake_decimal_text(${value.sql}, ${safe}) as ${duckDbType(to)})`);
      // Trino takes the shortest digits of the double and rounds those.
      if (from.kind === 'double') return done(`${cast}(cast(${value.sql} as varchar) as ${duckDbType(to)})`);
      return isInteger(from) || from.kind === 'decimal' ? plain() : never();
    case 'double':
      if (from.kind === 'varchar' && !safe) return done(`lake_double(${value.sql})`);
      return isNumeric(from) ? done(coerce(value, to).sql) : never();
    case 'real':
      return from.kind === 'real' ? value : never();
    case 'date':
      if (from.kind === 'varchar') return done(`lake_date(${value.sql}, ${safe})`);
      if (from.kind === 'timestamptz') return done(`cast(timezone('UTC', ${value.sql}) as date)`);
      return from.kind === 'date' || from.kind === 'timestamp' ? plain() : never();
    case 'timestamp':
      if (from.kind === 'date') return plain();
      if (from.kind === 'varchar')
        return done(roundTime(`lake_timestamp(${value.sql}, ${safe})`, 6, to.precision));
      if (from.kind === 'timestamp') return done(roundTime(value.sql, from.precision, to.precision));
      if (from.kind === 'timestamptz')
        return done(roundTime(`timezone('UTC', ${value.sql})`, from.precision, to.precision));
      return never();
    case 'array':
      return from.kind === 'array' && formatSqlType(from) === formatSqlType(to) ? value : never();
    default:
      return from.kind === to.kind ? value : never();
  }
}

function castToText(
  value: Typed,
  to: SqlType & { readonly kind: 'varchar' },
  done: (sql: string) => Typed,
  never: () => never,
): Typed {
  const from = value.type;
  if (from.kind === 'varchar') {
    const fits = to.length === undefined || (from.length !== undefined && from.length <= to.length);
    return done(fits ? value.sql : `left(${value.sql}, ${to.length})`);
  }
  // A number that does not fit a varchar(n) is an error in Trino and cut elsewhere.
  if (to.length !== undefined) return never();
  if (from.kind === 'timestamp') return done(`lake_timestamp_text(${value.sql}, ${from.precision})`);
  if (isInteger(from) || from.kind === 'decimal' || from.kind === 'boolean' || from.kind === 'date')
    return done(`cast(${value.sql} as varchar)`);
  return never();
}

function roundTime(sql: string, from: number, to: number): string {
  return to >= from ? sql : `lake_round_time(${sql}, ${10 ** (6 - to)})`;
}

/**
 * The SQL of packs: the subset of Athena's dialect that means the same on Athena (Trino) and on DuckDB.
 *
 * A file is one `select`. `${bronze}`, `${silver}` and `${gold}` stand for the databases of the pack, `${as_of}` for the day
 * of a gold build (written `date '${as_of}'`), any other `${name}` for a parameter of the pack.
 * The SQL is parsed, every expression gets its Trino type, and DuckDB's text is made from types and tree, so that a cast,
 * a literal or a sum has the same type and the same digits on both engines. What is not known to be the same is refused.
 *
 * Table mode (models, checks, row rules) and query mode (`lake query`) differ:
 *
 * - `/` is allowed in table mode in one shape only, spec §4's DIV:
 *   `cast(n as decimal(38, s)) / nullif(cast(d as decimal(38, t)), 0)` with t <= s. Query mode takes any division whose
 *   result is the same on both engines.
 * - `upper` and `lower` touch ASCII letters only in table mode (spec §4): on Athena they are rendered as `translate(x, 'abc…', 'ABC…')`
 *   and DuckDB gets the same, so that files just say `upper(x)`.
 * - double, real and approximate functions feed no table: refused in table mode.
 * - `select *` is allowed in table mode only as the last line, `select * from final`.
 *
 * Dashboard mode (`queries/*.sql`) is table mode that allows `order by … limit n`.
 *
 * Text compares byte-wise on both. `order by` puts nulls last, ascending and descending, unless `nulls first` is written.
 * Regular expressions are the common subset of RE2 and Java: no lookaround, back reference, possessive quantifier or group name.
 */

/** How strict the reader is: what feeds a table, a question that a pack keeps, or one asked by a person. */
export type SqlMode = 'table' | 'dashboard' | 'query';

/** A column as SQL sees it. */
export type SqlColumn = { readonly name: string; readonly type: string };

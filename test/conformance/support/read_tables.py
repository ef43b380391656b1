"""Reads Iceberg tables with foreign readers, and prints their rows as text.

Standard input, JSON:   {"reader": "pyiceberg" or "duckdb", "catalog": {"name": .., property: ..}, "tables": ["database.table"]}
Standard output, JSON:  {"database.table": {"columns": [..], "rows": [[text or null, ..], ..]}}

Values are written as Athena writes them. DuckDB reads with its own iceberg extension, local tables only: the catalog is
asked for nothing but the place of the metadata file.
"""

import datetime
import decimal
import importlib.util
import json
import pathlib
import sys

import duckdb
from pyiceberg.catalog import load_catalog


def text_of(value):
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        zone = ""
        if value.tzinfo is not None:
            value, zone = value.astimezone(datetime.timezone.utc), " UTC"
        return value.strftime("%Y-%m-%d %H:%M:%S.%f") + zone
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    return str(value)


def open_duckdb():
    connection = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    for name in ("avro", "iceberg"):  # signed by DuckDB, and refused if they were not
        package = pathlib.Path(importlib.util.find_spec(f"duckdb_extension_{name}").origin).parent
        [extension] = package.glob(f"extensions/*/{name}.duckdb_extension")
        connection.execute(f"load '{extension}'")
    return connection


def read_with_pyiceberg(table):
    data = table.scan().to_arrow()
    return data.column_names, [list(row.values()) for row in data.to_pylist()]


def read_with_duckdb(connection, table):
    metadata = table.metadata_location.removeprefix("file://")
    result = connection.execute("select * from iceberg_scan(?)", [metadata])
    return [column[0] for column in result.description], result.fetchall()


def main():
    request = json.load(sys.stdin)
    catalog = load_catalog(**request["catalog"])
    connection = open_duckdb() if request["reader"] == "duckdb" else None
    answer = {}
    for name in request["tables"]:
        table = catalog.load_table(name)
        columns, rows = read_with_duckdb(connection, table) if connection else read_with_pyiceberg(table)
        answer[name] = {"columns": columns, "rows": [[text_of(value) for value in row] for row in rows]}
    json.dump(answer, sys.stdout)


main()

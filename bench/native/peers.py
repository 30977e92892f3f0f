"""DuckDB and ClickHouse (as chdb) over one Parquet file, each with one thread: processor times and answers as JSON.

Started by `cargo xtask bench native` with the file, the folder of queries, a folder to write to, and the number of
rounds. The queries are those that the browser is asked; of several variants the quickest one counts.
"""

import json
import pathlib
import sys
import time

import chdb
import chdb.session
import duckdb

STEPS = ["view_item", "add_to_cart", "begin_checkout", "purchase"]
ROUND_SECONDS = 0.05


def variants(sql):
    """The variants of a query by name; what follows `-- common` in the first ends all that name it."""
    common = ""
    for part in sql.split("-- variant: ")[1:]:
        name, _, rest = part.partition("\n")
        own, marker, shared = rest.partition("-- common\n")
        common = shared if shared.strip() else common
        yield name.strip(), own + common if marker else own


def timed(run, n_rounds):
    """The result of the last run, and the processor time of a run in each round in milliseconds; one run before is not
    counted. A round goes on for a while, so that a clock that ticks coarsely does no harm."""
    run()
    times = []
    for _ in range(n_rounds):
        begin, start, n_runs = time.monotonic(), time.process_time(), 0
        while n_runs == 0 or time.monotonic() - begin < ROUND_SECONDS:
            result = run()
            n_runs += 1
        times.append((time.process_time() - start) * 1000 / n_runs)
    return result, times


def main(file, queries, output, n_rounds):
    found = {"versions": {"duckdb": duckdb.__version__, "chdb": chdb.__version__}, "asked": []}
    queries, output = pathlib.Path(queries), pathlib.Path(output)

    def note(question, variant, answer, times):
        found["asked"].append({"question": question, "variant": variant, "answer": answer, "times": times})

    database = duckdb.connect(config={"threads": 1})
    for name, sql in variants((queries / "open.sql").read_text()):
        sql = sql.replace("'events.parquet'", f"'{file}'")
        note("open", f"DuckDB, {name}", None, timed(lambda: database.execute(sql), n_rounds)[1])
    database.execute("CREATE TABLE imported AS SELECT visitor, epoch_ms(ts) AS ts, name, channel FROM opened")
    database.execute("DROP TABLE opened")
    for statement in (queries / "prepare.sql").read_text().split(";"):
        if statement.strip():
            database.execute(statement)

    shapes = {
        "funnel": lambda rows: list(rows[0]),
        "trend": lambda rows: sorted(list(row) for row in rows),
        "channels": lambda rows: sorted(list(row) for row in rows),
    }
    for question, shape in shapes.items():
        for name, sql in variants((queries / f"{question}.sql").read_text()):
            rows, times = timed(lambda: database.execute(sql).fetchall(), n_rounds)
            note(question, f"DuckDB, {name}", shape(rows), times)

    prepared = output / "prepared.parquet"
    columns = "person, ts::UBIGINT AS ts, name::VARCHAR AS name, channel::VARCHAR AS channel"
    database.execute(f"COPY (SELECT {columns} FROM events ORDER BY person, ts) TO '{prepared}' (FORMAT parquet)")
    database.close()

    session = chdb.session.Session()
    session.query("CREATE DATABASE bench")
    session.query(
        "CREATE TABLE bench.events ENGINE = MergeTree ORDER BY (person, ts) AS SELECT assumeNotNull(person) AS person,"
        " assumeNotNull(ts) AS ts, toLowCardinality(assumeNotNull(name)) AS name,"
        f" toLowCardinality(assumeNotNull(channel)) AS channel FROM file('{prepared}', Parquet)"
    )
    session.query("OPTIMIZE TABLE bench.events FINAL")
    steps = ", ".join(f"name = '{step}'" for step in STEPS)
    names = ", ".join(f"'{step}'" for step in STEPS)
    levels = (
        f"SELECT any(channel) AS channel, windowFunnel(86400000)(ts, {steps}) AS level FROM bench.events"
        f" WHERE name IN ({names}) GROUP BY person HAVING level > 0"
    )
    counts = ", ".join(f"countIf(level >= {step})" for step in range(1, 5))
    settings = "SETTINGS max_threads = 1"

    def ask(sql):
        return [json.loads(line) for line in str(session.query(sql, "JSONCompactEachRow")).splitlines()]

    def numbers(row):
        return [int(value) for value in row]

    rows, times = timed(lambda: ask(f"SELECT {counts} FROM ({levels}) {settings}"), n_rounds)
    note("funnel", "ClickHouse, windowFunnel", numbers(rows[0]), times)
    sql = f"SELECT channel, {counts} FROM ({levels}) GROUP BY channel {settings}"
    rows, times = timed(lambda: ask(sql), n_rounds)
    note("channels", "ClickHouse, windowFunnel", sorted([row[0], *numbers(row[1:])] for row in rows), times)
    session.close()
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))

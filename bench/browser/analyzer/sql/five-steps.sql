-- The 20 commonest runs of five names in sessions, repeats collapsed: the run, sessions that have it, how often it
-- comes, and the median of the time from its first event to its last in tenths of a millisecond.
--
-- events(person UINTEGER, session UINTEGER, ts BIGINT, name ENUM), sorted by person and ts. Each variant is the whole
-- query; the quickest one counts.

-- variant: median of the chosen
WITH
  changes AS (
    SELECT session, ts, name
    FROM events
    QUALIFY lag(name) OVER (PARTITION BY session ORDER BY ts) IS DISTINCT FROM name),
  runs AS MATERIALIZED (
    SELECT
      session, name AS n1, lead(name, 1) OVER of_session AS n2, lead(name, 2) OVER of_session AS n3,
      lead(name, 3) OVER of_session AS n4, lead(name, 4) OVER of_session AS n5,
      lead(ts, 4) OVER of_session - ts AS millis
    FROM changes
    WINDOW of_session AS (PARTITION BY session ORDER BY ts)
    QUALIFY n5 IS NOT NULL),
  top AS MATERIALIZED (
    SELECT n1, n2, n3, n4, n5, count(DISTINCT session)::INTEGER AS sessions, count(*)::INTEGER AS n
    FROM runs
    GROUP BY n1, n2, n3, n4, n5
    ORDER BY sessions DESC, n1::VARCHAR, n2::VARCHAR, n3::VARCHAR, n4::VARCHAR, n5::VARCHAR
    LIMIT 20)
SELECT
  concat_ws(' -> ', n1, n2, n3, n4, n5) AS path, any_value(sessions) AS sessions, any_value(n) AS n,
  round(quantile_cont(millis, 0.5) * 10)::BIGINT AS median
FROM runs
JOIN top USING (n1, n2, n3, n4, n5)
GROUP BY n1, n2, n3, n4, n5;

-- variant: one pass
WITH
  changes AS (
    SELECT session, ts, name
    FROM events
    QUALIFY lag(name) OVER (PARTITION BY session ORDER BY ts) IS DISTINCT FROM name),
  runs AS (
    SELECT
      session, name AS n1, lead(name, 1) OVER of_session AS n2, lead(name, 2) OVER of_session AS n3,
      lead(name, 3) OVER of_session AS n4, lead(name, 4) OVER of_session AS n5,
      lead(ts, 4) OVER of_session - ts AS millis
    FROM changes
    WINDOW of_session AS (PARTITION BY session ORDER BY ts)
    QUALIFY n5 IS NOT NULL)
SELECT
  concat_ws(' -> ', n1, n2, n3, n4, n5) AS path, count(DISTINCT session)::INTEGER AS sessions, count(*)::INTEGER AS n,
  round(quantile_cont(millis, 0.5) * 10)::BIGINT AS median
FROM runs
GROUP BY n1, n2, n3, n4, n5
ORDER BY sessions DESC, n1::VARCHAR, n2::VARCHAR, n3::VARCHAR, n4::VARCHAR, n5::VARCHAR
LIMIT 20;

-- variant: packed
-- Names as numbers in one key, and sessions counted by a first aggregation.
WITH
  changes AS (
    SELECT session, ts, enum_code(name)::UBIGINT AS code, name
    FROM events
    QUALIFY lag(name) OVER (PARTITION BY session ORDER BY ts) IS DISTINCT FROM name),
  runs AS MATERIALIZED (
    SELECT
      session,
      (((code * 1024 + lead(code, 1) OVER of_session) * 1024 + lead(code, 2) OVER of_session) * 1024
        + lead(code, 3) OVER of_session) * 1024 + lead(code, 4) OVER of_session AS run,
      lead(ts, 4) OVER of_session - ts AS millis
    FROM changes
    WINDOW of_session AS (PARTITION BY session ORDER BY ts)
    QUALIFY run IS NOT NULL),
  names AS MATERIALIZED (SELECT DISTINCT enum_code(name)::UBIGINT AS code, name::VARCHAR AS name FROM events),
  counted AS (
    SELECT run, count(*)::INTEGER AS sessions, sum(n)::INTEGER AS n
    FROM (SELECT run, session, count(*) AS n FROM runs GROUP BY run, session)
    GROUP BY run),
  named AS (
    SELECT
      run, sessions, n,
      concat_ws(' -> ', a.name, b.name, c.name, d.name, e.name) AS path
    FROM (SELECT *, rank() OVER (ORDER BY sessions DESC) AS place FROM counted QUALIFY place <= 20)
    JOIN names a ON run >> 40 = a.code
    JOIN names b ON (run >> 30) & 1023 = b.code
    JOIN names c ON (run >> 20) & 1023 = c.code
    JOIN names d ON (run >> 10) & 1023 = d.code
    JOIN names e ON run & 1023 = e.code
    ORDER BY sessions DESC, a.name, b.name, c.name, d.name, e.name
    LIMIT 20)
SELECT path, any_value(sessions) AS sessions, any_value(n) AS n, round(quantile_cont(millis, 0.5) * 10)::BIGINT AS median
FROM runs
JOIN named USING (run)
GROUP BY run, path;

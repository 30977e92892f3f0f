-- Transition graph of sessions by event name: repeats collapsed, the twelve most visited names, the rest in 'other',
-- artificial start and end. One row an edge: source, target, transitions, median and 95th percentile of the time
-- between the first events of both nodes in tenths of a millisecond, -1 from the start and to the end.
--
-- events(person UINTEGER, session UINTEGER, ts BIGINT, name ENUM), sorted by person and ts. Each variant is the whole
-- query; the quickest one counts.

-- variant: windows
WITH
  changes AS (
    SELECT session, ts, name
    FROM events
    QUALIFY lag(name) OVER (PARTITION BY session ORDER BY ts) IS DISTINCT FROM name),
  moves AS MATERIALIZED (
    SELECT
      lag(name) OVER of_session AS source, name AS target, ts - lag(ts) OVER of_session AS millis,
      lead(ts) OVER of_session IS NULL AS is_last
    FROM changes
    WINDOW of_session AS (PARTITION BY session ORDER BY ts)),
-- common
  top AS MATERIALIZED (
    SELECT target AS name
    FROM moves
    GROUP BY target
    QUALIFY row_number() OVER (ORDER BY count(*) DESC, target::VARCHAR) <= 12),
  labelled AS (
    SELECT
      CASE WHEN source IS NULL THEN 'start' WHEN s.name IS NULL THEN 'other' ELSE 'node ' || source END AS source,
      CASE WHEN t.name IS NULL THEN 'other' ELSE 'node ' || target END AS target, n, millis
    FROM (
      SELECT source, target, count(*) AS n, list(millis) AS millis FROM moves GROUP BY source, target) counted
    LEFT JOIN top s ON source = s.name
    LEFT JOIN top t ON target = t.name),
  ends AS (
    SELECT CASE WHEN t.name IS NULL THEN 'other' ELSE 'node ' || target END AS source, n
    FROM (SELECT target, count(*) AS n FROM moves WHERE is_last GROUP BY target)
    LEFT JOIN top t ON target = t.name)
SELECT
  source, target, sum(n)::INTEGER AS n,
  coalesce(round(list_aggregate(flatten(list(millis)), 'quantile_cont', 0.5) * 10), -1)::BIGINT AS median,
  coalesce(round(list_aggregate(flatten(list(millis)), 'quantile_cont', 0.95) * 10), -1)::BIGINT AS p95
FROM labelled
GROUP BY source, target
UNION ALL
SELECT source, 'end', sum(n)::INTEGER, -1, -1 FROM ends GROUP BY source;

-- variant: rows
-- Nodes are labelled row by row, and aggregates run over the labels.
WITH
  changes AS (
    SELECT session, ts, name
    FROM events
    QUALIFY lag(name) OVER (PARTITION BY session ORDER BY ts) IS DISTINCT FROM name),
  moves AS MATERIALIZED (
    SELECT
      lag(name) OVER of_session AS source, name AS target, ts - lag(ts) OVER of_session AS millis,
      lead(ts) OVER of_session IS NULL AS is_last
    FROM changes
    WINDOW of_session AS (PARTITION BY session ORDER BY ts)),
  top AS MATERIALIZED (
    SELECT target AS name
    FROM moves
    GROUP BY target
    QUALIFY row_number() OVER (ORDER BY count(*) DESC, target::VARCHAR) <= 12),
  labels AS MATERIALIZED (
    SELECT all_names.name, CASE WHEN top.name IS NULL THEN 'other' ELSE 'node ' || all_names.name END AS label
    FROM (SELECT DISTINCT target AS name FROM moves) all_names
    LEFT JOIN top ON all_names.name = top.name),
  between_nodes AS (
    SELECT s.label AS source, t.label AS target, count(*)::INTEGER AS n,
      round(quantile_cont(millis, 0.5) * 10)::BIGINT AS median, round(quantile_cont(millis, 0.95) * 10)::BIGINT AS p95
    FROM moves
    JOIN labels s ON source = s.name
    JOIN labels t ON target = t.name
    GROUP BY s.label, t.label)
SELECT * FROM between_nodes
UNION ALL
SELECT 'start', label, count(*)::INTEGER, -1, -1 FROM moves JOIN labels ON target = name WHERE source IS NULL GROUP BY label
UNION ALL
SELECT label, 'end', count(*)::INTEGER, -1, -1 FROM moves JOIN labels ON target = name WHERE is_last GROUP BY label;

-- Position graph of sessions by event name: repeats collapsed, five positions, the eight commonest names at each,
-- the rest in 'other', ended sessions in 'left'. One row an edge: position, from, to, sessions.
--
-- events(person UINTEGER, session UINTEGER, ts BIGINT, name ENUM), sorted by person and ts. Each variant is the whole
-- query; the quickest one counts. All of them count each distinct path once first: what follows is then small.

-- variant: windows
WITH
  changes AS (
    SELECT session, ts, name
    FROM events
    QUALIFY lag(name) OVER (PARTITION BY session ORDER BY ts) IS DISTINCT FROM name),
  numbered AS (
    SELECT session, name, row_number() OVER (PARTITION BY session ORDER BY ts) AS k
    FROM changes
    QUALIFY k <= 5),
  paths AS (
    SELECT
      max(name) FILTER (k = 1) AS n1, max(name) FILTER (k = 2) AS n2, max(name) FILTER (k = 3) AS n3,
      max(name) FILTER (k = 4) AS n4, max(name) FILTER (k = 5) AS n5
    FROM numbered
    GROUP BY session),
-- common
  counted AS MATERIALIZED (SELECT n1, n2, n3, n4, n5, count(*) AS n FROM paths GROUP BY n1, n2, n3, n4, n5),
  nodes AS (
    SELECT 1 AS k, n1 AS name, n FROM counted
    UNION ALL SELECT 2, n2, n FROM counted
    UNION ALL SELECT 3, n3, n FROM counted
    UNION ALL SELECT 4, n4, n FROM counted
    UNION ALL SELECT 5, n5, n FROM counted),
  top AS MATERIALIZED (
    SELECT k, name
    FROM nodes
    WHERE name IS NOT NULL
    GROUP BY k, name
    QUALIFY row_number() OVER (PARTITION BY k ORDER BY sum(n) DESC, name::VARCHAR) <= 8),
  labelled AS MATERIALIZED (
    SELECT
      CASE WHEN n1 IS NULL THEN 'left' WHEN t1.name IS NULL THEN 'other' ELSE 'node ' || n1 END AS l1,
      CASE WHEN n2 IS NULL THEN 'left' WHEN t2.name IS NULL THEN 'other' ELSE 'node ' || n2 END AS l2,
      CASE WHEN n3 IS NULL THEN 'left' WHEN t3.name IS NULL THEN 'other' ELSE 'node ' || n3 END AS l3,
      CASE WHEN n4 IS NULL THEN 'left' WHEN t4.name IS NULL THEN 'other' ELSE 'node ' || n4 END AS l4,
      CASE WHEN n5 IS NULL THEN 'left' WHEN t5.name IS NULL THEN 'other' ELSE 'node ' || n5 END AS l5,
      n
    FROM counted
    LEFT JOIN (SELECT name FROM top WHERE k = 1) t1 ON n1 = t1.name
    LEFT JOIN (SELECT name FROM top WHERE k = 2) t2 ON n2 = t2.name
    LEFT JOIN (SELECT name FROM top WHERE k = 3) t3 ON n3 = t3.name
    LEFT JOIN (SELECT name FROM top WHERE k = 4) t4 ON n4 = t4.name
    LEFT JOIN (SELECT name FROM top WHERE k = 5) t5 ON n5 = t5.name)
SELECT 0 AS position, l1 AS source, l2 AS target, sum(n)::INTEGER AS n FROM labelled GROUP BY ALL
UNION ALL SELECT 1, l2, l3, sum(n)::INTEGER FROM labelled GROUP BY ALL
UNION ALL SELECT 2, l3, l4, sum(n)::INTEGER FROM labelled GROUP BY ALL
UNION ALL SELECT 3, l4, l5, sum(n)::INTEGER FROM labelled GROUP BY ALL;

-- variant: lists
-- Names as an ordered list a session; repeats are dropped inside the list.
WITH
  sequences AS (SELECT list(name ORDER BY ts) AS names FROM events GROUP BY session),
  collapsed AS (
    SELECT list_filter(names, lambda name, i: i = 1 OR names[i - 1] <> name)[1:5] AS path
    FROM sequences),
  paths AS (SELECT path[1] AS n1, path[2] AS n2, path[3] AS n3, path[4] AS n4, path[5] AS n5 FROM collapsed),
-- common

-- variant: leads
-- One pass of windows after the repeats are gone: the four names that follow each session's first.
WITH
  changes AS (
    SELECT session, ts, name
    FROM events
    QUALIFY lag(name) OVER (PARTITION BY session ORDER BY ts) IS DISTINCT FROM name),
  paths AS (
    SELECT
      name AS n1, lead(name, 1) OVER of_session AS n2, lead(name, 2) OVER of_session AS n3,
      lead(name, 3) OVER of_session AS n4, lead(name, 4) OVER of_session AS n5
    FROM changes
    WINDOW of_session AS (PARTITION BY session ORDER BY ts)
    QUALIFY row_number() OVER of_session = 1),
-- common

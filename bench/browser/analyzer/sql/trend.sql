-- The funnel of funnel.sql by day: of each person the chain that counts is the deepest, of equally deep ones the one
-- that started first; it counts for the day (UTC) in which it started. One row a day: day since 1970, people at each step.
--
-- events(person UINTEGER, session UINTEGER, ts BIGINT, name ENUM, channel ENUM), sorted by person and ts; no two events
-- of a person have the same ts. Each variant is the whole query; the quickest one counts.

-- variant: asof
-- Every event of step 1 starts a chain, and the next event of each further step continues it best.
WITH
  a AS MATERIALIZED (SELECT person, ts AS first_ts FROM events WHERE name = 'view_item'),
  b AS MATERIALIZED (
    SELECT a.person, a.first_ts, e.ts
    FROM a ASOF JOIN (SELECT person, ts FROM events WHERE name = 'add_to_cart') e
      ON a.person = e.person AND a.first_ts < e.ts
    WHERE e.ts - a.first_ts <= 86400000),
  c AS MATERIALIZED (
    SELECT b.person, b.first_ts, e.ts
    FROM b ASOF JOIN (SELECT person, ts FROM events WHERE name = 'begin_checkout') e
      ON b.person = e.person AND b.ts < e.ts
    WHERE e.ts - b.first_ts <= 86400000),
  d AS (
    SELECT c.person, c.first_ts
    FROM c ASOF JOIN (SELECT person, ts FROM events WHERE name = 'purchase') e
      ON c.person = e.person AND c.ts < e.ts
    WHERE e.ts - c.first_ts <= 86400000),
-- common
  chains AS (
    SELECT person, first_ts, 1 AS depth FROM a
    UNION ALL SELECT person, first_ts, 2 FROM b
    UNION ALL SELECT person, first_ts, 3 FROM c
    UNION ALL SELECT person, first_ts, 4 FROM d),
  people AS (
    SELECT max(depth) AS depth, arg_max(first_ts, depth * 100000000000000 - first_ts) AS first_ts
    FROM chains
    GROUP BY person)
SELECT
  (first_ts // 86400000)::INTEGER AS day, count(*)::INTEGER AS step_1, count(*) FILTER (depth >= 2)::INTEGER AS step_2,
  count(*) FILTER (depth >= 3)::INTEGER AS step_3, count(*) FILTER (depth >= 4)::INTEGER AS step_4
FROM people
GROUP BY day;

-- variant: joins
WITH
  a AS MATERIALIZED (SELECT person, ts AS first_ts FROM events WHERE name = 'view_item'),
  b AS MATERIALIZED (
    SELECT person, first_ts, min(ts) AS ts
    FROM a JOIN (SELECT person, ts FROM events WHERE name = 'add_to_cart') USING (person)
    WHERE ts > first_ts AND ts - first_ts <= 86400000
    GROUP BY person, first_ts),
  c AS MATERIALIZED (
    SELECT person, first_ts, min(e.ts) AS ts
    FROM b JOIN (SELECT person, ts FROM events WHERE name = 'begin_checkout') e USING (person)
    WHERE e.ts > b.ts AND e.ts - first_ts <= 86400000
    GROUP BY person, first_ts),
  d AS (
    SELECT DISTINCT person, first_ts
    FROM c JOIN (SELECT person, ts FROM events WHERE name = 'purchase') e USING (person)
    WHERE e.ts > c.ts AND e.ts - first_ts <= 86400000),
-- common

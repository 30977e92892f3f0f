-- The funnel of funnel.sql for each of ten channels, of which every person has one. One row a channel: people at each
-- step.
--
-- events(person UINTEGER, session UINTEGER, ts BIGINT, name ENUM, channel ENUM), sorted by person and ts; no two events
-- of a person have the same ts. Each variant is the whole query; the quickest one counts.

-- variant: asof
WITH
  a AS MATERIALIZED (SELECT person, ts, channel FROM events WHERE name = 'view_item'),
  b AS MATERIALIZED (
    SELECT e.person, e.ts, a.ts AS first_ts, a.channel
    FROM (SELECT person, ts FROM events WHERE name = 'add_to_cart') e
    ASOF JOIN a ON e.person = a.person AND e.ts > a.ts
    WHERE e.ts - a.ts <= 86400000),
  c AS MATERIALIZED (
    SELECT e.person, e.ts, b.first_ts, b.channel
    FROM (SELECT person, ts FROM events WHERE name = 'begin_checkout') e
    ASOF JOIN b ON e.person = b.person AND e.ts > b.ts
    WHERE e.ts - b.first_ts <= 86400000),
  d AS (
    SELECT e.person, c.channel
    FROM (SELECT person, ts FROM events WHERE name = 'purchase') e
    ASOF JOIN c ON e.person = c.person AND e.ts > c.ts
    WHERE e.ts - c.first_ts <= 86400000),
  reached AS (
    SELECT channel, 1 AS step, count(DISTINCT person) AS n FROM a GROUP BY channel
    UNION ALL SELECT channel, 2, count(DISTINCT person) FROM b GROUP BY channel
    UNION ALL SELECT channel, 3, count(DISTINCT person) FROM c GROUP BY channel
    UNION ALL SELECT channel, 4, count(DISTINCT person) FROM d GROUP BY channel)
SELECT
  channel::VARCHAR AS channel, coalesce(sum(n) FILTER (step = 1), 0)::INTEGER AS step_1,
  coalesce(sum(n) FILTER (step = 2), 0)::INTEGER AS step_2, coalesce(sum(n) FILTER (step = 3), 0)::INTEGER AS step_3,
  coalesce(sum(n) FILTER (step = 4), 0)::INTEGER AS step_4
FROM reached
GROUP BY channel;

-- variant: windows
WITH
  a AS (
    SELECT person, ts, name, channel, max(ts) FILTER (name = 'view_item') OVER person_so_far AS first_ts
    FROM events
    WHERE name IN ('view_item', 'add_to_cart', 'begin_checkout', 'purchase')
    WINDOW person_so_far AS (PARTITION BY person ORDER BY ts ROWS UNBOUNDED PRECEDING)),
  b AS (
    SELECT *, max(first_ts) FILTER (name = 'add_to_cart') OVER person_so_far AS first_ts_2
    FROM a
    WHERE first_ts IS NOT NULL
    WINDOW person_so_far AS (PARTITION BY person ORDER BY ts ROWS UNBOUNDED PRECEDING)),
  c AS (
    SELECT *, max(first_ts_2) FILTER (name = 'begin_checkout') OVER person_so_far AS first_ts_3
    FROM b
    WINDOW person_so_far AS (PARTITION BY person ORDER BY ts ROWS UNBOUNDED PRECEDING)),
  depths AS (
    SELECT person, any_value(channel) AS channel, max(CASE
      WHEN name = 'purchase' AND ts - first_ts_3 <= 86400000 THEN 4
      WHEN name = 'begin_checkout' AND ts - first_ts_2 <= 86400000 THEN 3
      WHEN name = 'add_to_cart' AND ts - first_ts <= 86400000 THEN 2
      ELSE 1 END) AS depth
    FROM c
    GROUP BY person)
SELECT
  channel::VARCHAR AS channel, count(*)::INTEGER AS step_1, count(*) FILTER (depth >= 2)::INTEGER AS step_2,
  count(*) FILTER (depth >= 3)::INTEGER AS step_3, count(*) FILTER (depth >= 4)::INTEGER AS step_4
FROM depths
GROUP BY channel;

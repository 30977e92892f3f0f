-- The same four steps as a report: at each step how many people are there, how many have dropped and how many may go
-- on yet, median and 95th percentile of the time from the step before and the median of that from the first, in tenths
-- of a millisecond, -1 at the first, and the five commonest events that come next for those who dropped.
--
-- A person counts with the chain that gets furthest, of several with the one that began first. Whoever took the first
-- step within a day of the data's end may go on yet. events as in funnel.sql. Each variant is the whole query.

-- variant: asof
-- Each event of the first step starts a chain, whose earliest continuation an ASOF join finds.
WITH
  a AS (SELECT person, ts AS t1 FROM events WHERE name = 'view_item'),
  b AS (
    SELECT a.*, CASE WHEN e.ts - t1 <= 86400000 THEN e.ts END AS t2
    FROM a ASOF LEFT JOIN (SELECT person, ts FROM events WHERE name = 'add_to_cart') e
    ON a.person = e.person AND a.t1 < e.ts),
  c AS (
    SELECT b.*, CASE WHEN e.ts - t1 <= 86400000 THEN e.ts END AS t3
    FROM b ASOF LEFT JOIN (SELECT person, ts FROM events WHERE name = 'begin_checkout') e
    ON b.person = e.person AND b.t2 < e.ts),
  chains AS (
    SELECT c.*, CASE WHEN e.ts - t1 <= 86400000 THEN e.ts END AS t4
    FROM c ASOF LEFT JOIN (SELECT person, ts FROM events WHERE name = 'purchase') e
    ON c.person = e.person AND c.t3 < e.ts),
-- common
  deep AS (
    SELECT *, 1 + (t2 IS NOT NULL)::INTEGER + (t3 IS NOT NULL)::INTEGER + (t4 IS NOT NULL)::INTEGER AS depth
    FROM chains),
  best AS MATERIALIZED (
    -- A depth weighs more than any time.
    SELECT person, is_open, chain.*
    FROM (
      SELECT person, max(t1) >= (SELECT max(ts) FROM events) - 86400000 AS is_open,
        arg_max({t1: t1, t2: t2, t3: t3, t4: t4, depth: depth}, depth * (1::BIGINT << 44) - t1) AS chain
      FROM deep
      GROUP BY person)),
  nexts AS (
    SELECT step, string_agg(name || ' ' || n, ', ' ORDER BY n DESC, name) AS next
    FROM (
      SELECT step, name::VARCHAR AS name, count(*) AS n
      FROM (
        SELECT any_value(depth) AS step, arg_min(e.name, e.ts) AS name
        FROM (SELECT person, depth, coalesce(t3, t2, t1) AS ts FROM best WHERE depth < 4 AND NOT is_open) dropped
        JOIN events e ON dropped.person = e.person AND dropped.ts < e.ts
        GROUP BY e.person)
      GROUP BY step, name
      QUALIFY row_number() OVER (PARTITION BY step ORDER BY count(*) DESC, name::VARCHAR) <= 5)
    GROUP BY step),
  steps AS (
    SELECT 1 AS step, count(*) AS n, NULL AS median, NULL AS p95, NULL AS from_first FROM best
    UNION ALL SELECT 2, count(t2), quantile_cont(t2 - t1, 0.5), quantile_cont(t2 - t1, 0.95),
      quantile_cont(t2 - t1, 0.5) FROM best
    UNION ALL SELECT 3, count(t3), quantile_cont(t3 - t2, 0.5), quantile_cont(t3 - t2, 0.95),
      quantile_cont(t3 - t1, 0.5) FROM best
    UNION ALL SELECT 4, count(t4), quantile_cont(t4 - t3, 0.5), quantile_cont(t4 - t3, 0.95),
      quantile_cont(t4 - t1, 0.5) FROM best),
  ends AS (
    SELECT depth AS step, count(*) FILTER (NOT is_open) AS n_dropped, count(*) FILTER (is_open) AS n_pending
    FROM best WHERE depth < 4 GROUP BY depth)
SELECT
  step, n::INTEGER AS n, coalesce(n_dropped, 0)::INTEGER AS dropped, coalesce(n_pending, 0)::INTEGER AS pending,
  coalesce(round(median * 10), -1)::BIGINT AS median, coalesce(round(p95 * 10), -1)::BIGINT AS p95,
  coalesce(round(from_first * 10), -1)::BIGINT AS from_first, coalesce(next, '') AS next
FROM steps LEFT JOIN ends USING (step) LEFT JOIN nexts USING (step);

-- variant: joins
-- Without ASOF for the chains: every pair of events, of which the earliest continuation is kept.
WITH
  a AS MATERIALIZED (SELECT person, ts AS t1 FROM events WHERE name = 'view_item'),
  b AS MATERIALIZED (
    SELECT person, t1, min(ts) AS t2
    FROM a JOIN (SELECT person, ts FROM events WHERE name = 'add_to_cart') USING (person)
    WHERE ts > t1 AND ts - t1 <= 86400000
    GROUP BY person, t1),
  c AS MATERIALIZED (
    SELECT person, t1, min(ts) AS t3
    FROM b JOIN (SELECT person, ts FROM events WHERE name = 'begin_checkout') USING (person)
    WHERE ts > t2 AND ts - t1 <= 86400000
    GROUP BY person, t1),
  d AS (
    SELECT person, t1, min(ts) AS t4
    FROM c JOIN (SELECT person, ts FROM events WHERE name = 'purchase') USING (person)
    WHERE ts > t3 AND ts - t1 <= 86400000
    GROUP BY person, t1),
  chains AS (
    SELECT person, t1, t2, t3, t4
    FROM a LEFT JOIN b USING (person, t1) LEFT JOIN c USING (person, t1) LEFT JOIN d USING (person, t1)),
-- common

-- variant: windows
-- The next event of each step after each event, by running minima from the end.
WITH
  following AS (
    SELECT person, ts, name,
      min(ts) FILTER (name = 'add_to_cart') OVER after AS next_2,
      min(ts) FILTER (name = 'begin_checkout') OVER after AS next_3,
      min(ts) FILTER (name = 'purchase') OVER after AS next_4
    FROM events
    WHERE name IN ('view_item', 'add_to_cart', 'begin_checkout', 'purchase')
    WINDOW after AS (PARTITION BY person ORDER BY ts ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)),
  b AS (
    SELECT person, ts AS t1, CASE WHEN next_2 - ts <= 86400000 THEN next_2 END AS t2
    FROM following WHERE name = 'view_item'),
  c AS (
    SELECT b.*, CASE WHEN next_3 - t1 <= 86400000 THEN next_3 END AS t3
    FROM b LEFT JOIN (SELECT person, ts, next_3 FROM following WHERE name = 'add_to_cart') f
    ON b.person = f.person AND t2 = f.ts),
  chains AS (
    SELECT c.*, CASE WHEN next_4 - t1 <= 86400000 THEN next_4 END AS t4
    FROM c LEFT JOIN (SELECT person, ts, next_4 FROM following WHERE name = 'begin_checkout') f
    ON c.person = f.person AND t3 = f.ts),
-- common

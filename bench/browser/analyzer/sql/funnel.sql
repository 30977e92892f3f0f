-- Four steps in order, the last at most a day after the first; how many people get how far.
--
-- events(person UINTEGER, session UINTEGER, ts BIGINT, name ENUM), sorted by person and ts; no two events of a
-- person have the same ts. Each variant is the whole query; the quickest one counts.

-- variant: asof
-- For each event of a step, the chain that started last is the best one to continue: its window ends last. That is
-- the chain of the latest event of the step before, which is what an ASOF join finds.
WITH
  a AS MATERIALIZED (SELECT person, ts FROM events WHERE name = 'view_item'),
  b AS MATERIALIZED (
    SELECT e.person, e.ts, a.ts AS first_ts
    FROM (SELECT person, ts FROM events WHERE name = 'add_to_cart') e
    ASOF JOIN a ON e.person = a.person AND e.ts > a.ts
    WHERE e.ts - a.ts <= 86400000),
  c AS MATERIALIZED (
    SELECT e.person, e.ts, b.first_ts
    FROM (SELECT person, ts FROM events WHERE name = 'begin_checkout') e
    ASOF JOIN b ON e.person = b.person AND e.ts > b.ts
    WHERE e.ts - b.first_ts <= 86400000),
  d AS (
    SELECT e.person
    FROM (SELECT person, ts FROM events WHERE name = 'purchase') e
    ASOF JOIN c ON e.person = c.person AND e.ts > c.ts
    WHERE e.ts - c.first_ts <= 86400000)
SELECT
  (SELECT count(DISTINCT person) FROM a)::INTEGER AS step_1,
  (SELECT count(DISTINCT person) FROM b)::INTEGER AS step_2,
  (SELECT count(DISTINCT person) FROM c)::INTEGER AS step_3,
  (SELECT count(DISTINCT person) FROM d)::INTEGER AS step_4;

-- variant: windows
-- The same recurrence as running maxima, one window function a step, over the events of the four names only.
WITH
  a AS (
    SELECT person, ts, name, max(ts) FILTER (name = 'view_item') OVER person_so_far AS first_ts
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
    SELECT person, max(CASE
      WHEN name = 'purchase' AND ts - first_ts_3 <= 86400000 THEN 4
      WHEN name = 'begin_checkout' AND ts - first_ts_2 <= 86400000 THEN 3
      WHEN name = 'add_to_cart' AND ts - first_ts <= 86400000 THEN 2
      ELSE 1 END) AS depth
    FROM c
    GROUP BY person)
SELECT
  count(*)::INTEGER AS step_1,
  count(*) FILTER (depth >= 2)::INTEGER AS step_2,
  count(*) FILTER (depth >= 3)::INTEGER AS step_3,
  count(*) FILTER (depth >= 4)::INTEGER AS step_4
FROM depths;

-- variant: joins
-- Without ASOF: every pair of a step-1 event and a later event of step 2 within the window, and so on; the earliest
-- continuation of each chain suffices.
WITH
  a AS (SELECT person, ts AS first_ts FROM events WHERE name = 'view_item'),
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
    SELECT person
    FROM c JOIN (SELECT person, ts FROM events WHERE name = 'purchase') e USING (person)
    WHERE e.ts > c.ts AND e.ts - first_ts <= 86400000)
SELECT
  (SELECT count(DISTINCT person) FROM a)::INTEGER AS step_1,
  (SELECT count(DISTINCT person) FROM b)::INTEGER AS step_2,
  (SELECT count(DISTINCT person) FROM c)::INTEGER AS step_3,
  (SELECT count(DISTINCT person) FROM d)::INTEGER AS step_4;

-- variant: lists
-- One ordered list of times a person and step, made in one pass over the sorted table; the chains are then followed
-- inside each person's lists.
WITH
  people AS (
    SELECT person,
      list(ts ORDER BY ts) FILTER (name = 'view_item') AS a,
      list(ts ORDER BY ts) FILTER (name = 'add_to_cart') AS b,
      list(ts ORDER BY ts) FILTER (name = 'begin_checkout') AS c,
      list(ts ORDER BY ts) FILTER (name = 'purchase') AS d
    FROM events
    WHERE name IN ('view_item', 'add_to_cart', 'begin_checkout', 'purchase')
    GROUP BY person
    HAVING a IS NOT NULL),
  second AS (
    SELECT *, list_filter(list_transform(b, lambda t: {
      t: t, first_ts: list_max(list_filter(a, lambda first: first < t)) }), lambda chain: chain.t - chain.first_ts <= 86400000) AS chains_2
    FROM people),
  third AS (
    SELECT *, list_filter(list_transform(c, lambda t: {
      t: t, first_ts: list_max(list_transform(list_filter(chains_2, lambda chain: chain.t < t), lambda chain: chain.first_ts)) }), lambda chain: chain.t - chain.first_ts <= 86400000) AS chains_3
    FROM second),
  fourth AS (
    SELECT *, list_filter(list_transform(d, lambda t: {
      t: t, first_ts: list_max(list_transform(list_filter(chains_3, lambda chain: chain.t < t), lambda chain: chain.first_ts)) }), lambda chain: chain.t - chain.first_ts <= 86400000) AS chains_4
    FROM third)
SELECT
  count(*)::INTEGER AS step_1,
  count(*) FILTER (len(chains_2) > 0)::INTEGER AS step_2,
  count(*) FILTER (len(chains_3) > 0)::INTEGER AS step_3,
  count(*) FILTER (len(chains_4) > 0)::INTEGER AS step_4
FROM fourth;

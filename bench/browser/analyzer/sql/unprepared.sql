-- What the questions find as `events` where nothing was prepared: the rows of `imported` as the Parquet file has them,
-- people and names as text, in the order of time.
--
-- imported(visitor VARCHAR, ts BIGINT, name VARCHAR, channel VARCHAR).

-- variant: people
WITH
  events AS (SELECT visitor AS person, ts, name, channel FROM imported)

-- variant: sessions
-- A session ends with more than 30 minutes of silence. It is known by its person and its number.
WITH
  starts AS (
    SELECT visitor, ts, name,
      coalesce(ts - lag(ts) OVER (PARTITION BY visitor ORDER BY ts) > 1800000, true) AS is_start
    FROM imported),
  events AS MATERIALIZED (
    SELECT ts, name,
      visitor || ' ' || sum(is_start::INTEGER) OVER (PARTITION BY visitor ORDER BY ts ROWS UNBOUNDED PRECEDING)
        AS session
    FROM starts)

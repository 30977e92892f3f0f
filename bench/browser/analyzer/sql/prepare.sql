-- The table that the questions are asked of, which is not timed. Everything that may help a query is done beforehand: people
-- and sessions are small integers, names an enumeration, rows sorted by person and time, unused columns left out.
CREATE TYPE event_name AS ENUM (SELECT DISTINCT name FROM imported ORDER BY name);
CREATE TYPE event_channel AS ENUM (SELECT DISTINCT channel FROM imported ORDER BY channel);

CREATE TABLE events AS
WITH
  ordered AS (
    SELECT dense_rank() OVER (ORDER BY visitor)::UINTEGER AS person, ts, name::event_name AS name,
      channel::event_channel AS channel
    FROM imported),
  starts AS (
    -- A session ends with more than 30 minutes of silence.
    SELECT *, coalesce(ts - lag(ts) OVER (PARTITION BY person ORDER BY ts) > 1800000, true) AS is_start
    FROM ordered)
SELECT person, (sum(is_start::INTEGER) OVER (ORDER BY person, ts ROWS UNBOUNDED PRECEDING))::UINTEGER AS session, ts, name, channel
FROM starts
ORDER BY person, ts;

-- Parquet to something that can be queried. `copy` is the least that DuckDB can do, and is not yet in the order in
-- which funnels and paths read; `sorted` is; our engine's opening groups by person, sorts and cuts sessions.

-- variant: copy
CREATE OR REPLACE TABLE opened AS SELECT * FROM read_parquet('events.parquet');

-- variant: sorted
CREATE OR REPLACE TABLE opened AS SELECT * FROM read_parquet('events.parquet') ORDER BY visitor, ts;

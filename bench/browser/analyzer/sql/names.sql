-- How many events have each name.
--
-- variant: group
SELECT name::VARCHAR AS name, count(*)::INTEGER AS n FROM events GROUP BY ALL ORDER BY n DESC, name;

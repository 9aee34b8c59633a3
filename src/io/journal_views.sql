-- What people read with the sqlite3 shell. They are made anew when
-- a program with other views opens the journal.

DROP VIEW IF EXISTS runs;
CREATE VIEW runs AS
SELECT run_id, flow, key, status, exit_code, started_at, updated_at, base_url, batch
FROM run_index;

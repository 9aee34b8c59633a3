-- What a journal of format 1 loses before its events are copied over into the tables of format 2. A program that
-- knows format 1 alone refuses the file afterwards: it would not see a batch's lock.

DROP VIEW IF EXISTS runs;
DROP VIEW IF EXISTS steps;
DROP VIEW IF EXISTS executions;
DROP INDEX run_by_start;
ALTER TABLE run_index ADD COLUMN inputs_digest TEXT;
ALTER TABLE run_index ADD COLUMN reference_id TEXT;
ALTER TABLE run_index ADD COLUMN amount TEXT;
ALTER TABLE run_index ADD COLUMN moved INTEGER;
ALTER TABLE run_index ADD COLUMN error TEXT;
ALTER TABLE run_index ADD COLUMN pruned_at TEXT;
ALTER TABLE events RENAME TO events_1;
ALTER TABLE heads RENAME TO heads_1;

-- What makes a journal of format 1 one of format 2, before the tables of format 2 are made where they are
-- missing. A program that knows format 1 alone refuses the file afterwards: it would not see a batch's lock.

ALTER TABLE run_index ADD COLUMN inputs_digest TEXT;
ALTER TABLE run_index ADD COLUMN reference_id TEXT;
ALTER TABLE run_index ADD COLUMN amount TEXT;
ALTER TABLE run_index ADD COLUMN moved INTEGER;
ALTER TABLE run_index ADD COLUMN error TEXT;
DROP INDEX run_by_start;

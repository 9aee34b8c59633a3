-- What people read with the sqlite3 shell. They are made anew when a program with other views opens the
-- journal. The JSON inside `data` is that of the events on floor 4.

-- One row per event.
DROP VIEW IF EXISTS events;
CREATE VIEW events AS
SELECT heads.run_id, json_extract(event.value, '$.n') AS n, json_extract(event.value, '$.at') AS at,
       json_extract(event.value, '$.event') AS kind, json_extract(event.value, '$.data') AS data
FROM heads JOIN entries ON entries.run = heads.run JOIN json_each(entries.events) AS event;

DROP VIEW IF EXISTS runs;
CREATE VIEW runs AS
SELECT run_id, flow, key, status, exit_code, started_at, updated_at, base_url, batch,
       reference_id, amount, moved, error, pruned_at,
       (SELECT n FROM heads WHERE heads.run_id = run_index.run_id) AS events,
       CASE status
           -- whether a process still carries it out is no fact of the journal: its lock tells
           WHEN 'running' THEN 'dollr-flow runs show ' || run_id
           WHEN 'paused'  THEN 'dollr-flow resume ' || run_id
           WHEN 'unclear' THEN 'dollr-flow resume ' || run_id
       END AS next
FROM run_index;

-- One row per step that anything happened to.
DROP VIEW IF EXISTS steps;
CREATE VIEW steps AS
WITH about AS (
    SELECT run_id, n, at, kind, data, json_extract(data, '$.step') AS step,
           CASE kind
               WHEN 'StepSucceeded' THEN 'succeeded'
               WHEN 'StepFailed'    THEN 'failed'
               WHEN 'StepSkipped'   THEN 'skipped'
               WHEN 'StepUnclear'   THEN 'unclear'
           END AS verdict
    FROM events
    WHERE json_extract(data, '$.step') IS NOT NULL
),
seen AS (
    SELECT run_id, step, min(n) AS first_event, min(at) AS started_at, max(at) AS updated_at,
           max(CASE WHEN verdict IS NOT NULL THEN n END) AS last_verdict,
           sum(kind = 'RequestIntended' AND json_extract(data, '$.purpose') = 'main') AS requests
    FROM about
    GROUP BY run_id, step
)
SELECT seen.run_id, seen.step, coalesce(about.verdict, 'pending') AS status, seen.requests,
       seen.started_at, seen.updated_at,
       json_extract(about.data, '$.outputs') AS outputs,
       coalesce(json_extract(about.data, '$.failure.message'),
                json_extract(about.data, '$.reason')) AS message
FROM seen
LEFT JOIN about ON about.run_id = seen.run_id AND about.n = seen.last_verdict
ORDER BY seen.run_id, seen.first_event;

-- One row per payment that a run meant to make, with what the API last said about it.
DROP VIEW IF EXISTS executions;
CREATE VIEW executions AS
WITH meant AS (
    SELECT run_id, json_extract(data, '$.step') AS step,
           json_extract(data, '$.reference_id') AS reference_id,
           json_extract(data, '$.path') AS path, json_extract(data, '$.moves') AS moves,
           min(n) AS first_event, min(at) AS intended_at, count(*) AS requests
    FROM events
    WHERE kind = 'RequestIntended'
      AND json_extract(data, '$.class') = 'money' AND json_extract(data, '$.purpose') = 'main'
    GROUP BY run_id, json_extract(data, '$.reference_id')
),
heard AS (
    SELECT run_id, n, at,
           coalesce(json_extract(data, '$.delivery.answered.body'), json_extract(data, '$.body'),
                    json_extract(data, '$.found')) AS body
    FROM events
    WHERE kind IN ('ReplyObserved', 'RequestAdopted', 'Reconciled')
),
told AS (
    SELECT run_id, n, at,
           -- an error's body may be plain text
           CASE WHEN json_valid(body) THEN json_extract(body, '$.reference_id') END AS reference_id,
           CASE WHEN json_valid(body) THEN json_extract(body, '$.status') END AS status
    FROM heard
)
SELECT meant.run_id, meant.step, meant.reference_id, meant.path, meant.moves,
       meant.intended_at, meant.requests, last.status AS api_status, last.at AS asked_at
FROM meant
LEFT JOIN told AS last ON last.run_id = meant.run_id AND last.n = (
    SELECT max(n) FROM told
    WHERE told.run_id = meant.run_id AND told.reference_id = meant.reference_id
      AND told.status IS NOT NULL
)
ORDER BY meant.run_id, meant.first_event;

select
    min(interval_start_at) as first_start_at,
    max(interval_start_at) as last_start_at
from queue_intervals
where list_contains($department_ids, department_id)

select
    queues.queue_id,
    queues.department_id,
    queues.name as queue,
    departments.name as department,
    queues.service_level_seconds
from lake.master.queues
inner join lake.master.departments on queues.department_id = departments.department_id
where list_contains($department_ids, queues.department_id)
order by department, queue

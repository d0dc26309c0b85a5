select
    coalesce(aliases.address, 'no alias') as alias,
    quarantine.stage,
    quarantine.reason_code,
    count(*) as waiting,
    min(quarantine.quarantined_at) as oldest_at
from lake.active.quarantine
left join lake.master.aliases on quarantine.alias_id = aliases.alias_id
where
    quarantine.status = 'waiting'
    and (
        quarantine.department_id is null
        or list_contains($department_ids, quarantine.department_id)
    )
group by 1, 2, 3
order by waiting desc, alias, stage, reason_code

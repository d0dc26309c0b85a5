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
        list_contains($department_ids, quarantine.department_id)
        or (quarantine.department_id is null and $sees_house = 1)
    )
group by 1, 2, 3
order by waiting desc, alias, stage, reason_code

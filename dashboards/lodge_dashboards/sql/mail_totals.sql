with

ledger as (

    select
        count(*) as seen,
        count(case when outcome not in ('stored', 'quarantined', 'ignored') then 1 end)
            as difference
    from lake.active.mail_ledger
    where list_contains($department_ids, department_id)

),

quarantine as (

    select count(*) as waiting
    from lake.active.quarantine
    where
        status = 'waiting'
        and (
            list_contains($department_ids, department_id)
            or (department_id is null and $sees_house = 1)
        )

)

select
    ledger.seen,
    ledger.difference,
    quarantine.waiting
from ledger
cross join quarantine

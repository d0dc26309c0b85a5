select
    aliases.address as alias,
    count(mail_ledger.mail_ledger_id) as seen,
    count(case when mail_ledger.outcome = 'stored' then 1 end) as stored,
    count(case when mail_ledger.outcome = 'quarantined' then 1 end) as quarantined,
    count(case when mail_ledger.outcome = 'ignored' then 1 end) as ignored,
    count(case when mail_ledger.outcome not in ('stored', 'quarantined', 'ignored') then 1 end)
        as difference
from lake.master.aliases
left join lake.active.mail_ledger
    on
        aliases.alias_id = mail_ledger.alias_id
        and list_contains($department_ids, mail_ledger.department_id)
where list_contains($department_ids, aliases.department_id)
group by aliases.address
order by alias

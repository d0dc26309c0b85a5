-- Which messages make up a case, in order?
select
    emails.case_id,
    emails.direction,
    emails.from_address,
    emails.subject,
    coalesce(emails.received_at, emails.sent_at) as happened_at,
    emails.raw_sha256
from emails
order by emails.case_id, happened_at
limit 100

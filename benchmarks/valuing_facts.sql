-- What values stand on, beside what benchmarks/facts.sql makes: a line and the revenue of each contract, decided renewals, a ticket, orders of those without a contract.
insert into accounts_contractline (contract_id, external_id, arr, recorded_at)
select id, 'bl-' || external_id, 1000 + (hashtext(external_id) & 65535), timestamptz '2020-01-01' from accounts_contract;

insert into accounts_accountrevenue (account_id, arr, currency, next_renewal_on)
select c.account_id, l.arr, 'EUR', c.ends_on from accounts_contract c join accounts_contractline l on l.contract_id = c.id;

insert into accounts_renewal (account_id, contract_id, due_on, arr_due, currency, recorded_at)
select account_id, id, starts_on + 365 * k, 1000, 'EUR', timestamptz '2020-01-01' from accounts_contract cross join generate_series(1, 3) k;

insert into accounts_renewaldecision (renewal_id, decision, arr_renewed, decided_on, recorded_at)
select r.id, case when lost then 'churned' else 'renewed' end, case when lost then 0 else 1000 end, c.starts_on + 200, timestamptz '2020-01-01'
from accounts_renewal r join accounts_contract c on c.id = r.contract_id
cross join lateral (select (hashtext(r.id::text) & 1023) < 400 / ((r.due_on - c.starts_on) / 365 + 1) as lost) each;

insert into accounts_ticket (account_id, external_id, opened_at, minutes, recorded_at)
select id, 'bt-' || external_id, %(as_of)s::timestamptz - (1 + (hashtext(external_id) & 255)) * interval '1 day', nullif(hashtext(external_id) & 127, 3), timestamptz '2020-01-01'
from accounts_account;

insert into accounts_order (account_id, external_id, ordered_on, amount, currency, recorded_at)
select a.id, 'bo-' || a.external_id || '-' || k, %(as_of)s::date - ((hashtext(a.external_id || k) & 511) + 1), 20 + (hashtext(a.external_id) & 127), 'EUR', timestamptz '2020-01-01'
from accounts_account a cross join lateral generate_series(1, 1 + (hashtext('n' || a.external_id) & 7)) k
where not exists (select from accounts_contract c where c.account_id = a.id)

-- What pages show beside the facts of facts.sql: names, owners, revenue, contacts, renewals and how they ended, tasks, a saved view.
-- Placeholders: %(accounts)s, %(as_of)s. The people are there already.
create temp table lot as
select n, md5('account ' || n)::uuid as id, (hashint4(n) & 2147483647) %% 1000 as h, (hashint4(n * 7 + 1) & 2147483647) %% 1000 as g
from generate_series(1, %(accounts)s) n;

create temp table book as
select id, row_number() over (order by email) - 1 as place, count(*) over () as size from users_user where role = 'csm';

update accounts_account a
set owner_id = book.id,
    name = (array['Northwind', 'Łódzkie', 'Żubr', 'Ørsted', 'Müller', 'پارس', 'Север', 'Contoso', 'Atlas', 'Vistula', 'Halcyon', 'Kestrel'])[1 + h %% 12]
        || ' ' || (array['Foods', 'Logistics', 'Energia', 'Bank', 'Labs', 'Textil', 'Media', 'Works', 'Systems'])[1 + g %% 9] || ' ' || n,
    segment = (array['Enterprise', 'Mid-market', 'Small'])[1 + least(2, g / 200)],
    region = (array['Nordics', 'DACH', 'CEE', 'UK', 'Iberia', 'MENA', 'APAC'])[1 + h %% 7]
from lot join book on book.place = n / 20 %% book.size where a.id = lot.id;

insert into accounts_accountrevenue (account_id, arr, currency, next_renewal_on)
select m.account_id, m.arr, 'EUR', c.ends_on
from (select account_id, sum(amount) as arr from accounts_revenuemovement group by 1) m left join accounts_contract c on c.account_id = m.account_id;

insert into accounts_contractline (contract_id, external_id, product, arr)
select c.id, c.external_id || ':1', 'Platform', coalesce(r.arr, 0) from accounts_contract c left join accounts_accountrevenue r on r.account_id = c.account_id;

insert into accounts_renewal (id, account_id, contract_id, due_on, arr_due, currency)
select md5('renewal ' || c.id || k)::uuid, c.account_id, c.id, c.ends_on - 365 * k, coalesce(r.arr, 0), 'EUR'
from accounts_contract c left join accounts_accountrevenue r on r.account_id = c.account_id cross join generate_series(0, 1) k;

insert into accounts_renewaldecision (renewal_id, decision, arr_renewed, decided_on)
select id, case when abs(hashtext(id::text)) %% 9 = 0 then 'churned' else 'renewed' end, case when abs(hashtext(id::text)) %% 9 = 0 then 0 else arr_due end, due_on
from accounts_renewal where due_on < %(as_of)s::date;

insert into accounts_contact (account_id, name, email, title)
select id, 'Contact ' || k || ' of ' || n, 'contact' || k || '@' || n || '.example', 'Buyer' from lot cross join generate_series(1, 3) k;

insert into playbooks_task (account_id, title, mode, owner_id, state, due_on, expected_minutes, minutes, completed_at)
select lot.id, (array['Call before the renewal', 'Show the new release', 'Ask why usage fell'])[1 + g %% 3], 'proactive', book.id,
       case when n %% 25 < 2 then 'open' else 'done' end, %(as_of)s::date - 10 + g %% 40, 20,
       case when n %% 25 < 2 then null else 20 end, case when n %% 25 < 2 then null else %(as_of)s::timestamptz - interval '20 days' end
from lot join book on book.place = n / 20 %% book.size where n %% 25 < 8;

insert into web_savedview (page, name, query, is_shared, owner_id)
select 'accounts', 'Large at risk in CEE', 'health=risk&region=CEE&arr_from=5000&sort=-arr', true, id from book where place = 0;

drop table lot;
drop table book

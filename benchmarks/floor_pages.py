"""The pages written by hand: few statements with the same content, cells joined with f-strings."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

Written = tuple[str, list[str]]  # a page and the names on it

WHO = """
select u.id, u.name, u.role, s.expire_date, t.name from django_session s, users_user u, public.tenancy_domain d join public.tenancy_tenant t on t.id = d.tenant_id
where s.session_key = %(session)s and u.id = %(user)s and d.domain = %(host)s
"""
# The rows of a list with all that stands in them. {start} is the table the order comes from, {where} and {order} what the page asks.
ROWS = """
with page as materialized (
  select a.id, a.name, a.external_id, a.status, u.name as owner, r.arr, r.currency, r.next_renewal_on, h.score, h.band, h.coverage, h.reason, h.raw
  from {start} left join users_user u on u.id = a.owner_id where {where} order by {order} limit 51)
select p.*, before.score, line.scores, touch.at, split.proactive, split.total, step.title, step.due_on
from page p
left join lateral (select score from health_healthscore s where s.account_id = p.id and s.scored_at <= %(as_of)s - interval '30 days'
  order by s.scored_at desc limit 1) before on true
left join lateral (select array_agg(array[extract(epoch from scored_at)::numeric, score] order by scored_at) as scores from health_healthscore s
  where s.account_id = p.id and s.scored_at > %(as_of)s - interval '84 days' and s.scored_at <= %(as_of)s) line on true
left join lateral (select max(occurred_at) as at from accounts_interaction i where i.account_id = p.id and i.occurred_at <= %(as_of)s) touch on true
left join lateral (select sum(minutes) filter (where mode = 'proactive') as proactive, sum(minutes) as total from accounts_interaction i
  where i.account_id = p.id and i.occurred_at > %(as_of)s - interval '90 days' and i.occurred_at <= %(as_of)s) split on true
left join lateral (select title, due_on from playbooks_task t where t.account_id = p.id and t.state in ('open', 'in_progress', 'snoozed')
  order by due_on, id limit 1) step on true
"""
REVENUE = "accounts_accountrevenue r join accounts_account a on a.id = r.account_id left join health_accounthealth h on h.account_id = a.id"
BOTH = "accounts_account a left join accounts_accountrevenue r on r.account_id = a.id left join health_accounthealth h on h.account_id = a.id"
# The strip above the list: looked at once, as the product does once a minute.
STRIP = """
select
  (select json_agg(b) from (select h.band, r.currency, count(*), sum(r.arr) from accounts_account a
     left join health_accounthealth h on h.account_id = a.id left join accounts_accountrevenue r on r.account_id = a.id
     where a.owner_id = %(user)s group by 1, 2) b),
  (select sum(r.arr) from accounts_account a join accounts_accountrevenue r on r.account_id = a.id
     where a.owner_id = %(user)s and r.next_renewal_on >= %(today)s and r.next_renewal_on < %(today)s + 120),
  (select json_build_array(sum(minutes), sum(minutes) filter (where mode = 'proactive')) from accounts_interaction i
     join accounts_account a on a.id = i.account_id where a.owner_id = %(user)s and i.occurred_at >= %(as_of)s - interval '90 days' and i.occurred_at < %(as_of)s)
"""
# Its tabs, the navigation and the people of the filters.
AROUND = """
select
  (select count(*) from (select from accounts_account limit 1001) c),
  (select count(*) from (select from accounts_account where owner_id = %(user)s limit 1001) c),
  (select count(*) from (select from accounts_accountrevenue where next_renewal_on >= %(today)s and next_renewal_on < %(today)s + 120 limit 1001) c),
  (select count(*) from (select from health_accounthealth where band = 'risk' limit 1001) c),
  (select count(*) from (select from {start} where {counted} limit 1001) c),
  (select count(*) from playbooks_task t where t.owner_id = %(user)s and t.state in ('open', 'in_progress', 'snoozed') and t.due_on <= %(today)s),
  (select json_agg(v) from (select id, name, query from web_savedview where page = 'accounts' and (owner_id = %(user)s or is_shared) order by name limit 20) v),
  (select json_agg(p) from (select id, name from users_user where is_active and role in ('csm', 'agent', 'manager', 'admin') order by name) p)
"""
ACCOUNT = """
select a.name, a.*, r.arr, r.currency, r.next_renewal_on, u.name,
  (select json_agg(s) from (select scored_at, score, band, raw, points, reason from health_healthscore s
     where s.account_id = a.id and s.scored_at <= %(as_of)s order by scored_at) s),
  (select json_agg(v) from (select v.number, v.definition, c.name from health_accounthealth h join health_scorecardversion v on v.id = h.version_id
     join health_scorecard c on c.id = v.scorecard_id where h.account_id = a.id) v),
  (select json_agg(i) from (select i.id, occurred_at, mode, channel, subject, body, minutes, w.name from accounts_interaction i left join users_user w on w.id = i.user_id
     where i.account_id = a.id and occurred_at <= %(as_of)s order by occurred_at desc, i.id desc limit 21) i),
  (select json_agg(s) from (select s.id, occurred_at, kind, score, verbatim from accounts_surveyresponse s
     where s.account_id = a.id and occurred_at <= %(as_of)s order by occurred_at desc, s.id desc limit 21) s),
  (select json_agg(d) from (select d.id, decided_on, decision, arr_renewed, arr_due from accounts_renewal n join accounts_renewaldecision d on d.renewal_id = n.id
     where n.account_id = a.id order by decided_on desc limit 21) d),
  (select json_agg(m) from (select id, occurred_on, kind, amount from accounts_revenuemovement m where m.account_id = a.id order by occurred_on desc limit 21) m),
  (select json_agg(t) from (select id, occurred_at, to_band, from_band, from_score, to_score from health_healthtransition t
     where t.account_id = a.id order by occurred_at desc limit 21) t),
  (select json_agg(w) from (select date_trunc('week', occurred_at), mode, count(*), sum(minutes) from accounts_interaction
     where account_id = a.id and occurred_at > %(as_of)s - interval '364 days' group by 1, 2 order by 1) w),
  (select json_agg(c) from (select id, name, email, title, role from accounts_contact c where c.account_id = a.id and left_on is null order by name limit 30) c),
  (select json_agg(c) from (select c.*, l.product, l.arr from accounts_contract c left join accounts_contractline l on l.contract_id = c.id
     where c.account_id = a.id) c),
  (select json_agg(t) from (select t.id, title, due_on, state, o.name from playbooks_task t left join users_user o on o.id = t.owner_id
     where t.account_id = a.id and t.state in ('open', 'in_progress', 'snoozed') order by due_on) t),
  (select json_agg(e) from (select p.name, v.number, e.arm, n.state from playbooks_enrollment e join playbooks_playbook p on p.id = e.playbook_id
     join playbooks_playbookversion v on v.id = e.version_id left join playbooks_run n on n.enrollment_id = e.id where e.account_id = a.id limit 6) e),
  (select json_agg(c) from (select number, sum(l.amount) from impact_claim c left join impact_ledgerentry l on l.claim_id = c.id where c.account_id = a.id
     group by c.id order by number desc limit 6) c),
  (select json_agg(p) from (select id, name from users_user where is_active and role in ('csm', 'agent', 'manager', 'admin') order by name) p),
  (select count(*) from playbooks_task t where t.owner_id = %(user)s and t.state in ('open', 'in_progress', 'snoozed') and t.due_on <= %(today)s),
  (select json_agg(v) from (select id, name, query from web_savedview where page = 'accounts' and (owner_id = %(user)s or is_shared) order by name limit 8) v)
from accounts_account a left join accounts_accountrevenue r on r.account_id = a.id left join users_user u on u.id = a.owner_id where a.id = %(account)s
"""
INBOX = """
select t.id, t.title, t.instructions, t.mode, t.state, t.due_on, t.snoozed_until, a.id, a.name, r.arr, r.currency, r.next_renewal_on, h.score, h.band, h.reason, h.raw
from playbooks_task t join accounts_account a on a.id = t.account_id left join accounts_accountrevenue r on r.account_id = a.id
left join health_accounthealth h on h.account_id = a.id
where t.owner_id = %(user)s and t.state in ('open', 'in_progress', 'snoozed') and (t.snoozed_until is null or t.snoozed_until <= %(as_of)s)
order by t.due_on, t.id limit 50
"""
INBOX_AROUND = """
select (select count(*) from playbooks_task t where t.owner_id = %(user)s and t.state = 'snoozed' and t.snoozed_until > %(as_of)s),
  (select json_agg(v) from (select id, name, query from web_savedview where page = 'accounts' and (owner_id = %(user)s or is_shared) order by name limit 8) v)
"""
DOCUMENTS = """
select a.id, a.external_id, a.name, a.domain, a.parent_id, a.owner_id, a.status, a.segment, a.industry, a.region, a.timezone, a.language, a.customer_since_on,
  a.churned_on, a.attributes, r.arr, r.currency, r.next_renewal_on, a.recorded_at, a.updated_at
from accounts_account a left join accounts_accountrevenue r on r.account_id = a.id order by a.name, a.id limit 51
"""
FOUND = """
select id, name, external_id from accounts_account where folded like %(words)s order by folded, id limit 10
"""


class ByHand:
    """A connection of its own, statements prepared by psycopg after their fifth use."""

    def __init__(self, url: str, *, schema: str, user: UUID, session: str, host: str, as_of: datetime) -> None:
        self.connection = psycopg.connect(url, autocommit=True)
        self.connection.execute(f"set search_path = {schema}")
        self.user = user
        self._strip: list[tuple[Any, ...]] = []
        self._values: dict[str, Any] = {
            "user": user,
            "session": session,
            "host": host,
            "as_of": as_of,
            "today": as_of.date(),
            "soon": as_of.date() + timedelta(days=120),
        }

    def account_list(
        self, *, start: str = BOTH, where: str = "true", order: str, after: str = "", **values: Any
    ) -> Written:
        """The page and the names on it."""
        who = self._ask(WHO)
        rows = self._ask(ROWS.format(start=start, where=after or where, order=order), **values)
        self._strip = self._strip or self._ask(STRIP)
        around = self._ask(AROUND.format(start=start, counted=where), **values)
        return _page(who, self._strip, around, rows[:50]), [row[1] for row in rows[:50]]

    def account(self, account: UUID) -> Written:
        rows = self._ask(ACCOUNT, account=account)
        return _page(self._ask(WHO), rows), [rows[0][0]]

    def inbox(self) -> Written:
        rows = self._ask(INBOX)
        return _page(self._ask(WHO), self._ask(INBOX_AROUND), rows), [row[8] for row in rows]

    def found(self, words: str) -> Written:
        """The first ten by name whose text is like the words."""
        rows = self._ask(FOUND, words=words)
        return _page(self._ask(WHO), rows), [row[1] for row in rows]

    def documents(self) -> Written:
        rows = self._ask(DOCUMENTS)[:50]
        return _page(self._ask(WHO), rows), [row[2] for row in rows]

    def _ask(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        return self.connection.execute(statement, {**self._values, **values}).fetchall()


def _page(*parts: Iterable[tuple[Any, ...]]) -> str:
    return "".join(f"<table>{''.join(map(_row, rows))}</table>" for rows in parts)


def _row(row: tuple[Any, ...]) -> str:
    return f"<tr>{''.join([f'<td>{value}</td>' for value in row])}</tr>"

"""Finds accounts that look like one customer: neighbors in a few sorted orders, so that the work grows with the number of accounts, not its square."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from accounts.ingest.quality.engine import neighbors_alike
from cshub.db import sql

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

# Words a company adds to its name by law, as they are left after folding and without full stops.
LEGAL_FORMS = (
    *("inc", "incorporated", "corp", "corporation", "co", "company", "llc", "llp", "lp", "ltd", "limited", "plc", "pty", "pvt"),
    *("pte", "gmbh", "ug", "haftungsbeschrankt", "ag", "kg", "kgaa", "ohg", "gbr", "se", "sa", "sas", "sarl", "srl", "spa", "sl"),
    *("bv", "nv", "bvba", "ab", "as", "asa", "aps", "oy", "oyj", "ou", "uab", "sia", "kft", "zrt", "nyrt", "sro", "spol", "doo", "dd", "ad"),
    *("sp z oo", "sp zoo", "spzoo", "sp j", "sp k", "spolka akcyjna", "spolka z oo", "kk", "holding", "group"),
    *("ооо", "оао", "зао", "пао", "ао", "ип", "тов", "тоо"),
    *("شرکت", "سهامی خاص", "سهامی عام", "شركة"),
)  # fmt: skip
NEIGHBORS = 3  # each account is compared with so many behind it in each order
LIKENESS = 0.6  # names that share less say nothing
MOST_ALIKE = 200_000
STRONG_ENOUGH = 0.5
MOST_PAIRS = 5_000
MOST_AT_ONE_ADDRESS = 20  # a domain or an address of more accounts is a mail provider or a partner
LATER = "), (".join(str(place) for place in range(1, NEIGHBORS + 1))

_SEPARATORS = r"[]\[!\"#$%%&()*+,/:;<=>?@\\^_`{|}~«»„“”‘–—-]+"
_NAMES = rf"""
    SELECT id, recorded_at, parent_id, domain, coalesce(nullif(stripped, ''), plain) AS name
    FROM (
        SELECT id, recorded_at, parent_id, plain,
               regexp_replace(lower(trim(domain)), '^www\.', '') AS domain,
               trim(regexp_replace(regexp_replace(' ' || plain, ' ({"|".join(LEGAL_FORMS)})(?= |$)', '', 'g'), ' +', ' ', 'g')) AS stripped
        FROM (
            SELECT id, recorded_at, parent_id, domain,
                   trim(regexp_replace(regexp_replace(split_part(folded, E'\n', 1), '[.''’]', '', 'g'), '{_SEPARATORS}', ' ', 'g')) AS plain
            FROM accounts_account WHERE status <> 'merged'
        ) cleaned
    ) folded
"""  # noqa: S608
_SEARCH = f"""
    WITH named AS MATERIALIZED ({_NAMES}),
    by_name AS (SELECT * FROM unnest(%(one)s::uuid[], %(other)s::uuid[], %(likeness)s::numeric[]) given(one, other, likeness)),
    housed AS (
        SELECT id, domain, row_number() OVER (PARTITION BY domain ORDER BY id) AS place, count(*) OVER (PARTITION BY domain) AS crowd
        FROM named WHERE domain <> ''
    ),
    by_domain AS (
        SELECT a.id AS one, b.id AS other, a.domain
        FROM housed a CROSS JOIN (VALUES ({LATER})) later(by) JOIN housed b ON b.domain = a.domain AND b.place = a.place + later.by
        WHERE a.crowd <= {MOST_AT_ONE_ADDRESS}
    ),
    reachable AS (
        SELECT email, account_id, row_number() OVER (PARTITION BY email ORDER BY account_id) AS place,
               count(*) OVER (PARTITION BY email) AS crowd
        FROM (SELECT DISTINCT lower(email) AS email, account_id FROM accounts_contact WHERE email <> '') address
    ),
    by_email AS (
        SELECT a.account_id AS one, b.account_id AS other, count(*) AS email_count
        FROM reachable a CROSS JOIN (VALUES ({LATER})) later(by) JOIN reachable b ON b.email = a.email AND b.place = a.place + later.by
        WHERE a.crowd <= {MOST_AT_ONE_ADDRESS} GROUP BY 1, 2
    ),
    hints AS (
        SELECT least(one, other) AS low, greatest(one, other) AS high, likeness, '' AS domain, 0 AS email_count
        FROM by_name
        UNION ALL SELECT least(one, other), greatest(one, other), 0, domain, 0 FROM by_domain
        UNION ALL SELECT least(one, other), greatest(one, other), 0, '', email_count FROM by_email
    ),
    pairs AS (
        SELECT low, high, max(likeness)::numeric AS likeness, max(domain) AS domain, max(email_count) AS email_count
        FROM hints GROUP BY low, high
    ),
    judged AS (
        SELECT pairs.*, 1 - (1 - CASE WHEN likeness = 1 THEN 0.8 ELSE 0.67 * likeness END)
                          * (1 - CASE WHEN pairs.domain <> '' THEN 0.7 ELSE 0 END)
                          * (1 - least(0.3 * email_count, 0.6)) AS strength,
               (a.recorded_at, a.id) <= (b.recorded_at, b.id) AS in_order
        FROM pairs JOIN named a ON a.id = low JOIN named b ON b.id = high
        WHERE a.parent_id IS DISTINCT FROM b.id AND b.parent_id IS DISTINCT FROM a.id
          AND (a.parent_id IS NULL OR a.parent_id IS DISTINCT FROM b.parent_id)
          AND NOT EXISTS (SELECT FROM accounts_distinctpair told WHERE told.first_id = low AND told.second_id = high)
    )
    INSERT INTO quality_likelyduplicate (first_id, second_id, strength, name_likeness, domain, email_count, found_at)
    SELECT CASE WHEN in_order THEN low ELSE high END, CASE WHEN in_order THEN high ELSE low END,
           round(strength, 3), round(likeness, 3), domain, email_count, %(as_of)s
    FROM judged WHERE strength >= {STRONG_ENOUGH} ORDER BY strength DESC, low, high LIMIT {MOST_PAIRS}
    ON CONFLICT (first_id, second_id) DO UPDATE
    SET strength = excluded.strength, name_likeness = excluded.name_likeness, domain = excluded.domain,
        email_count = excluded.email_count, found_at = excluded.found_at
"""  # noqa: S608
_FORGET = "DELETE FROM quality_likelyduplicate WHERE found_at < %(as_of)s"
_NOTE = """
    INSERT INTO quality_duplicatesearch (id, searched_at, pair_count) VALUES (1, %(as_of)s, %(count)s)
    ON CONFLICT (id) DO UPDATE SET searched_at = excluded.searched_at, pair_count = excluded.pair_count
"""
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext(current_schema() || '.likely duplicates'))"


def search(*, as_of: datetime) -> int:
    """Compare all accounts and keep the strongest pairs instead of those of the search before; how many pairs."""
    sql.rows(_ONE_AT_A_TIME)
    names = sql.rows(f"SELECT id, name FROM ({_NAMES}) named WHERE name <> ''")  # noqa: S608
    alike: list[tuple[UUID, UUID, float]] = list(
        islice(neighbors_alike(names, neighbors=NEIGHBORS, at_least=LIKENESS), MOST_ALIKE)
    )
    one, other, likeness = zip(*alike, strict=True) if alike else ((), (), ())
    values = {"as_of": as_of, "one": list(one), "other": list(other), "likeness": list(likeness)}
    count = sql.execute(_SEARCH, values)
    sql.execute(_FORGET, {"as_of": as_of})
    sql.execute(_NOTE, {"as_of": as_of, "count": count})
    return count

"""Opens the pages of a large tenant, with the product and by hand, in turns, and compares what each costs the server.

    python benchmarks/pages.py --accounts 100000

uses DATABASE_URL (or an embedded PostgreSQL), in a database of its own that is kept for the next run; --fresh makes it again.
"""

import argparse
import http.client
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

import psycopg

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks.floor_pages import REVENUE, ByHand, Written  # noqa: E402
from benchmarks.meter import Cost, measured  # noqa: E402
from benchmarks.pages_tenant import HOST, prepare  # noqa: E402
from benchmarks.scoring_tenant import SCHEMA  # noqa: E402
from benchmarks.served import Served  # noqa: E402

GOAL = 2.0
MOST_SECONDS = 30  # for each page over HTTP
WARM = 5  # requests that compile templates and open sessions
TURN = 5  # requests at a time: the clock of a process of PostgreSQL ticks a hundred times a second


@dataclass
class Page:
    """A page: its address, the same by hand (None: it is only measured), and the milliseconds within which 95 of 100 have to be there on a quiet machine."""

    name: str
    url: str
    by_hand: Callable[[], Written] | None
    p95_goal: int
    keeps_nothing: bool = False  # opened each time as by the first after a minute, when sums that are kept have run out
    query_count: int = 0
    product: list[Cost] = field(default_factory=list)
    floor: list[Cost] = field(default_factory=list)
    walls: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float | None:
        return _cpu(self.product) / _cpu(self.floor) if self.floor else None


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=8, help=f"of {TURN} requests to each page")
    parser.add_argument("--fresh", action="store_true", help="make the database again")
    parser.add_argument("--only", default="", help="pages whose name holds this")
    parser.add_argument("--served", type=int, default=0, help="requests to each page over HTTP, for information")
    options = parser.parse_args()
    url = prepare(options.accounts, fresh=options.fresh)
    browser = Browser(url)
    pages = [page for page in browser.pages() if options.only in page.name]
    for page in pages:
        browser.compare(page)
    for _number in range(options.rounds):
        for page in pages:
            browser.take_turns(page)
    report(pages, accounts=options.accounts)
    if options.served:
        over_http(browser, pages, count=options.served)
    sys.exit(any(page.ratio is not None and page.ratio > GOAL for page in pages))


class Browser:
    """Somebody with a book of her own, signed in to the product and known to the statements by hand."""

    def __init__(self, url: str) -> None:
        from django.contrib.sessions.models import Session
        from django.db import connection
        from django.test import Client

        from cshub.tenancy.context import schema_context
        from cshub.users.models import User

        self.client = Client(headers={"host": HOST})
        with schema_context(SCHEMA):
            user = User.objects.get(email="csm00@benchmark.example")
            self.client.force_login(user)
            session = Session.objects.order_by("-expire_date").values_list("pk", flat=True)[0]
        self.owner = psycopg.connect(url, autocommit=True)
        self.owner.execute(f"set search_path = {SCHEMA}")
        [as_of] = self.owner.execute("select now()").fetchone() or [None]
        self.hand = ByHand(url, schema=SCHEMA, user=user.pk, session=session, host=HOST, as_of=as_of)
        connection.ensure_connection()
        self.backend = connection.connection.info.backend_pid

    def pages(self) -> list[Page]:
        """What people open most."""
        by_renewal = "r.next_renewal_on is not null"
        rows, search = self.hand.account_list, self.hand.found
        middle = self._ask(
            "select next_renewal_on, account_id from accounts_accountrevenue order by 1, 2 offset (select count(*) / 2 from accounts_accountrevenue)"
        )
        some = self._ask("select id from accounts_account where owner_id = %s order by name offset 40", self.hand.user)[
            0
        ]
        own = "a.owner_id = %(user)s"
        large = "h.band = 'risk' and a.region = 'CEE' and r.arr >= 5000"
        after = "(r.next_renewal_on, r.account_id) > (%(day)s, %(key)s)"
        return [
            Page("list", "/accounts/", partial(rows, start=REVENUE, where=by_renewal, order=RENEWAL), 25),
            Page("list, own book", "/accounts/?owner=me", partial(rows, where=own, order=RENEWAL), 25),
            Page("list, filtered", "/accounts/?health=risk&region=CEE", partial(rows, where="h.band = 'risk' and a.region = 'CEE'", order=RENEWAL), 25),
            Page("list, saved view", "/accounts/?health=risk&region=CEE&arr_from=5000&sort=-arr", partial(rows, start=REVENUE, where=large, order="r.arr desc, r.account_id"), 25),
            Page("list, by revenue", "/accounts/?sort=-arr", partial(rows, start=REVENUE, where="r.arr is not null", order="r.arr desc, r.account_id"), 25),
            Page("list, by health", "/accounts/?sort=health", partial(rows, where="h.score is not null", order="h.score, h.account_id"), 25),
            Page("list, by name", "/accounts/?sort=name", partial(rows, order="a.name, a.id"), 25),
            Page("list, page 1,000", f"/accounts/?at={_cursor(*middle)}", partial(rows, start=REVENUE, where=by_renewal, after=after, order=RENEWAL, day=middle[0], key=middle[1]), 25),
            Page("list, search", "/accounts/?q=zubr+bank", partial(rows, where="a.folded like '%%zubr bank%%'", order=RENEWAL), 60),
            Page("account", f"/accounts/{some}/", partial(self.hand.account, some), 25),
            Page("inbox", "/", self.hand.inbox, 15),
            Page("inbox, of all", "/?view=team", None, 15),
            Page("explanation", f"/accounts/{some}/health/why/", None, 25),
            Page("contact", f"/contacts/{self._ask(PERSON)[0]}/", None, 25),
            Page("portfolio", "/health/portfolio/", None, 25),
            Page("portfolio, summed", "/health/portfolio/", None, 25, keeps_nothing=True),
            Page("segments", "/segments/", None, 25),
            Page("search, many begin", "/search/?q=kestrel", partial(search, "kestrel%"), 60),
            Page("search, few hold", "/search/?q=99123", partial(search, "%99123%"), 60),
            Page("search, folded", "/search/?q=lodzkie+energia", partial(search, "lodzkie energia%"), 60),
            Page("API list", "/api/v1/accounts/?limit=50", self.hand.documents, 25),
        ]  # fmt: skip

    def compare(self, page: Page) -> None:
        """Correct first: the page names all that the statements by hand name, or the figures mean nothing. Counts the queries, too."""
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        for _again in range(
            3 if page.keeps_nothing else 8
        ):  # prepared statements with their plans, compiled templates, what is kept
            body, names = self.open(page), page.by_hand()[1] if page.by_hand else []
        missing = [name for name in names if name not in body and escape(name) not in body]
        if missing or (page.by_hand and not names):
            sys.exit(f"{page.name} does not show {missing[:3] or 'anything'}. No figure is valid.")
        with CaptureQueriesContext(connection) as log:
            self.open(page)
        page.query_count = len(log.captured_queries)

    def take_turns(self, page: Page) -> None:
        self.open(page)  # what another page forgot is kept again
        turns: list[tuple[list[Cost], int, Callable[[], object] | None]] = [
            (page.product, self.backend, partial(self._timed, page)),
            (page.floor, self.hand.connection.info.backend_pid, page.by_hand),
        ]
        for costs, backend, act in turns:
            if act is None:
                continue
            with measured(backend) as cost:
                for _number in range(TURN):
                    act()
            costs.append(cost)

    def open(self, page: Page) -> str:
        _forget(page)
        answer = self.client.get(page.url)
        if answer.status_code != 200:
            sys.exit(f"{page.url} answered {answer.status_code}. No figure is valid.")
        if "json" in answer.headers["Content-Type"]:
            return json.dumps(answer.json(), ensure_ascii=False)
        return answer.content.decode()

    def asked(self, port: int, page: Page) -> float:
        """Seconds until a page came from a server; any answer but 200 ends the benchmark."""
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in self.client.cookies.items())
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        began = time.perf_counter()
        connection.request("GET", page.url, headers={"Host": HOST, "Cookie": cookies})
        answer = connection.getresponse()
        answer.read()
        took = time.perf_counter() - began
        connection.close()
        if answer.status != 200:
            sys.exit(f"{page.url} answered {answer.status} over HTTP. No figure is valid.")
        return took

    def _timed(self, page: Page) -> None:
        _forget(page)
        with measured(self.backend) as cost:
            self.client.get(page.url)
        page.walls.append(cost.wall)

    def _ask(self, statement: str, *values: Any) -> tuple[Any, ...]:
        return self.owner.execute(statement, values or None).fetchone() or ()


def report(pages: list[Page], *, accounts: int) -> None:
    seen = (
        "client and PostgreSQL backend"
        if pages[0].product[0].backend_cpu is not None
        else "wall: the backend runs elsewhere"
    )
    print(
        f"accounts {accounts:,}, load {os.getloadavg()[0]:.1f}; milliseconds of processor time ({seen}) and on the wall"
    )
    print(f"{'page':20} queries  product    floor    ratio     wall median / p95 (goal)")
    for page in pages:
        median, p95 = statistics.median(page.walls), statistics.quantiles(page.walls, n=20)[-1]
        print(
            f"{page.name:20} {page.query_count:7} {_cpu(page.product):8.1f} {_by_floor(page)}"
            f"{median * 1000:14.1f} / {p95 * 1000:5.1f} ({page.p95_goal})"
        )
    print(f"goal: a ratio of at most {GOAL}; the walls are for information, their goals are those of a quiet machine")


def over_http(browser: Browser, pages: list[Page], *, count: int) -> None:
    """How long people wait for each page from the product's own server, one request after the other."""
    server = Served("cshub.wsgi:application", browser.owner)
    try:
        print(
            f"over HTTP, up to {count} requests each, one worker of granian: wall median / p95 in milliseconds (goal)"
        )
        for page in pages:
            for _warming in range(WARM):
                browser.asked(server.port, page)
            walls, until = [browser.asked(server.port, page)], time.monotonic() + MOST_SECONDS
            while len(walls) < count and time.monotonic() < until:
                walls.append(browser.asked(server.port, page))
            walls.sort()
            print(
                f"{page.name:20} {statistics.median(walls) * 1000:8.1f} / {walls[int(len(walls) * 0.95)] * 1000:.1f} ({page.p95_goal})"
            )
    finally:
        server.stop()


def _forget(page: Page) -> None:
    from django.core.cache import cache

    if page.keeps_nothing:
        cache.clear()


def _by_floor(page: Page) -> str:
    return f"{_cpu(page.floor):8.1f} {page.ratio:8.2f}" if page.floor else f"{'-':>8} {'-':>8}"


def _cpu(costs: list[Cost]) -> float:
    """Milliseconds of a request. The mean: a turn is shorter than a few ticks of the backend's clock."""
    return sum(cost.cpu for cost in costs) / len(costs) / TURN * 1000


def _cursor(day: Any, key: Any) -> str:
    from cshub.web.queries.cursors import Cursor

    return str(Cursor(day, key))


RENEWAL = "r.next_renewal_on, r.account_id"
PERSON = "select id from accounts_contact order by id limit 1"

if __name__ == "__main__":
    main()

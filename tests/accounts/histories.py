"""Random histories of what accounts pay, played with the product's own verbs, and what they ought to add up to at every date."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hypothesis import strategies as st

from accounts import services
from accounts.models import Account, AccountMerge, Contract, ContractLine, Renewal
from accounts.services import ContractTerms, Decision, LineChange, MidTermChange
from accounts.services.refusals import (
    CannotMerge,
    CannotSplit,
    LateChange,
    SecondCurrency,
    UnusableChange,
    UnusableTerms,
)
from accounts.services.shares import split

CENT = Decimal("0.01")
CURRENCIES = ("EUR", "USD", "EUR", "IRR")
BEGIN = date(2023, 1, 9)
OPENED = ("open", "multi_year", "co_term")
WITHIN = ("change", "change", "price", "churn", "late_line", "correct")
TURNS = ("turn", "turn", "decide", "merge", "split")

# What happens, to which account, to which of its contracts, for how much, and how many days after the last.
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(OPENED + WITHIN + TURNS),
        st.integers(0, len(CURRENCIES) - 1),
        st.integers(0, 3),
        st.decimals(0, 5000, places=2),
        st.sampled_from([0, 1, 20, 60, 150, 250]),
    ),
    min_size=4,
    max_size=10,
)


@dataclass
class History:
    """Plays events. `said` is the oracle: for each line the amounts a year that were said, each with the day it holds from."""

    accounts: list[Account] = field(default_factory=list)
    said: dict[str, list[tuple[date, Decimal]]] = field(default_factory=lambda: defaultdict(list))
    today: date = BEGIN
    number: int = 0

    @classmethod
    def play(cls, events: list[tuple[str, int, int, Decimal, int]]) -> History:
        history = cls()
        history.accounts = [
            Account.objects.create(external_id=f"h-{place}-{id(history)}", name=f"History {place}")
            for place in range(len(CURRENCIES))
        ]
        for place in range(len(CURRENCIES)):
            history.multi_year(place, 0, Decimal(1200))
        for kind, account, contract, amount, days in events:
            history.wait(days)
            getattr(history, kind)(account, contract, amount)
        history.turn()
        return history

    def wait(self, days: int) -> None:
        """Let days pass; the product takes a turn every two months at least."""
        while days > 0:
            self.today += timedelta(days=min(days, 60))
            days -= 60
            self.turn()

    @property
    def as_of(self) -> datetime:
        return datetime(self.today.year, self.today.month, self.today.day, 12, tzinfo=UTC)

    def arr_on(self, line: str, day: date) -> Decimal:
        """What was said last for a day: the last word on the latest day up to it."""
        amount, latest = Decimal(0), date.min
        for since, value in self.said.get(line, ()):
            if latest <= since <= day:
                amount, latest = value, since
        return amount

    def open(self, account: int, _contract: int, amount: Decimal, **terms: Any) -> Contract:
        """A contract of a year from today; every second one renews by itself."""
        self.number += 1
        owner = Account.objects.get(pk=self.accounts[account].pk)
        owner = owner.merged_into or owner
        key = f"{owner.external_id}:c{self.number}"
        given: dict[str, Any] = {"ends_on": later(self.today, 1), "auto_renews": self.number % 2 == 0, **terms}
        said = ContractTerms(key, owner.external_id, self.today, CURRENCIES[account], term_months=12, **given)
        services.record_contracts([said], by=None, as_of=self.as_of)
        self.say(key, f"{key}:1", amount, self.today)
        return Contract.objects.get(external_id=key)

    def multi_year(self, account: int, contract: int, amount: Decimal) -> None:
        """Three years with an escalator."""
        made = self.open(account, contract, amount, ends_on=later(self.today, 3))
        percent = Decimal(self.number % 9 - 2)
        services.revise_contract(made, escalator_percent=percent, by=None, as_of=self.as_of)

    def co_term(self, account: int, contract: int, amount: Decimal) -> None:
        """An add-on that ends together with another contract of the account."""
        main = self.contract(account, contract)
        if main is not None:
            made = self.open(account, contract, amount)
            with suppress(UnusableTerms):  # the other one has run out
                services.revise_contract(made, co_term_with=main.co_term_with or main, by=None, as_of=self.as_of)

    def change(self, account: int, contract: int, amount: Decimal) -> None:
        self._change(account, contract, amount, MidTermChange(self.today, arr=amount))

    def churn(self, account: int, contract: int, _amount: Decimal) -> None:
        self._change(account, contract, Decimal(0), MidTermChange(self.today, arr=Decimal(0)))

    def price(self, account: int, contract: int, amount: Decimal) -> None:
        line = self.line(account, contract)
        if line is not None and amount:
            self.say(line.contract.external_id, line.external_id, amount, self.today, kind="price")

    def late_line(self, account: int, contract: int, amount: Decimal) -> None:
        """Something we learn of today that holds since the contract began, or for a month."""
        found = self.contract(account, contract)
        if found is not None:
            self.number += 1
            day = max(found.starts_on, self.today - timedelta(days=30 * (self.number % 3)))
            self.say(found.external_id, f"{found.external_id}:late{self.number}", amount, day)

    def correct(self, account: int, contract: int, _amount: Decimal) -> None:
        """The last thing that was said of a line is taken back, as when an import is undone."""
        line = self.line(account, contract)
        if line is None or len(self.said[line.external_id]) < 2:
            return
        last = line.movements.order_by("-occurred_on", "-recorded_at", "-id").first()
        days = [day for day, _amount in self.said[line.external_id]]
        if last is None or last.kind in {"transfer", "correction"} or days.count(last.occurred_on) != 1:
            return
        services.take_back_movements(
            f"SELECT id FROM accounts_revenuemovement WHERE id = '{last.pk}'",
            by=None,
            as_of=self.as_of,
        )
        before = self.arr_on(line.external_id, last.occurred_on - timedelta(days=1))
        self.said[line.external_id].append((last.occurred_on, before))

    def decide(self, account: int, contract: int, amount: Decimal) -> None:
        """The next renewal ends: lost when the amount is small."""
        services.refresh_renewals(as_of=self.as_of)
        found = self.contract(account, contract)
        renewal = found and Renewal.objects.filter(contract=found, decision=None).order_by("due_on").first()
        if not renewal or not self._lines(found):
            return
        said, amount = ("churned", Decimal(0)) if amount < 1000 else ("renewed", amount)
        lines = [
            (line.external_id, line.arr, max((m.occurred_on for m in line.movements.all()), default=self.today))
            for line in self._lines(found)
        ]
        services.decide_renewals([Decision(renewal.pk, said, amount, self.today)], by=None, as_of=self.as_of)
        for (key, _arr, moved_on), part in zip(lines, split(amount, [arr for _key, arr, _on in lines]), strict=True):
            self.said[key].append((max(self.today, moved_on), part))

    def turn(self, *_event: Any) -> None:
        """What the product does by itself: prices go up at anniversaries, terms renew."""
        for line in ContractLine.objects.select_related("contract").filter(contract__escalator_percent__isnull=False):
            self._escalate(line)
        services.escalate_contracts(as_of=self.as_of)
        services.refresh_renewals(as_of=self.as_of)
        services.renew_automatically(as_of=self.as_of)

    def merge(self, account: int, other: int, _amount: Decimal) -> None:
        """Two accounts turn out to be one; refused where their currencies differ."""
        kept, gone = (Account.objects.get(pk=self.accounts[place].pk) for place in (account, other))
        with suppress(CannotMerge, SecondCurrency):
            services.merge_accounts(survivor=kept, absorbed=gone, by=None, as_of=self.as_of)

    def split(self, account: int, _contract: int, _amount: Decimal) -> None:
        merged = AccountMerge.objects.filter(survivor=self.accounts[account], kind="merge").first()
        if merged is not None:
            with suppress(CannotSplit):
                services.split_account(merged, by=None, as_of=self.as_of)

    def say(self, contract: str, line: str, amount: Decimal, day: date, **fields: Any) -> None:
        """Through the verb, and to the oracle when it was taken."""
        try:
            services.revise_lines([LineChange(line, contract, amount, day, **fields)], by=None, as_of=self.as_of)
        except LateChange:
            return
        self.said[line].append((day, amount))

    def contract(self, account: int, contract: int) -> Contract | None:
        owner = Account.objects.get(pk=self.accounts[account].pk)
        found = list(
            Contract.objects.filter(account=owner.merged_into_id or owner.pk, status="active").order_by("external_id")
        )
        return found[contract % len(found)] if found else None

    def line(self, account: int, contract: int) -> ContractLine | None:
        found = self.contract(account, contract)
        return self._lines(found)[0] if found and self._lines(found) else None

    def _lines(self, contract: Contract) -> list[ContractLine]:
        return list(contract.lines.select_related("contract").order_by("pk"))

    def _change(self, account: int, contract: int, amount: Decimal, change: MidTermChange) -> None:
        line = self.line(account, contract)
        if line is None:
            return
        self.turn()
        try:
            services.change_line(line, change, by=None, as_of=self.as_of)
        except (UnusableChange, LateChange):
            return
        self.said[line.external_id].append((self.today, amount))

    def _escalate(self, line: ContractLine) -> None:
        """What the contract says should happen to the line on its latest anniversary, written down a second time."""
        contract = line.contract
        years = self.today.year - contract.starts_on.year
        day = later(contract.starts_on, years)
        if day > self.today:
            years, day = years - 1, later(contract.starts_on, years - 1)
        last = max((since for since, _amount in self.said.get(line.external_id, ())), default=date.max)
        inside = contract.ends_on is None or day < contract.ends_on
        is_term_end = contract.renewals.filter(due_on=day).exists()
        if contract.status != "active" or years < 1 or not inside or is_term_end or last >= day:
            return
        standing = self.arr_on(line.external_id, day)
        raised = (standing * (1 + contract.escalator_percent / 100)).quantize(CENT, ROUND_HALF_UP)
        if (self.today - day).days < 92 and raised != standing:
            moved_on = max((each.occurred_on for each in line.movements.all()), default=day)
            self.said[line.external_id].append((max(day, moved_on), raised))


def later(day: date, years: int) -> date:
    return day.replace(year=day.year + years) if (day.month, day.day) != (2, 29) else date(day.year + years, 2, 28)

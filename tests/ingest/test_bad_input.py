"""Each kind of bad input gets a sentence that names row, column, value and remedy; good rows go in meanwhile."""

from datetime import date
from decimal import Decimal

import pytest

from accounts.ingest.models import ImportBatch
from accounts.ingest.reading.unreadable import UnusableFile
from accounts.ingest.services.refusals import CannotMatch
from accounts.models import Account, Contract, UsageDaily
from tests.accounts import make
from tests.ingest.files import bring_in, check, counts, problems, upload

HEADER = "External ID,Name,Annual revenue,Currency,Renewal date,Owner\n"


def problem_of(row, header=HEADER, **options):
    """Column, value and problem of the one bad row among two; the good one goes in."""
    batch = bring_in(f"{header}{row}\nfine\n", **options)
    assert counts(batch) == (1, 0, 0, 1)
    assert Account.objects.get().external_id == "fine"
    ((number, *problem),) = problems(batch)
    assert number == 2
    return tuple(problem)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("a,A,100,EUR,31.02.2027,", ("Renewal date", "31.02.2027", "There is no 31 February 2027. Use a real date.")),
        (
            "a,A,1.200.50,EUR,,",
            ("Annual revenue", "1.200.50", "“1.200.50” has two decimal points. Did you mean 1,200.50?"),
        ),
        (
            "a,A,€100,USD,,",
            ("Annual revenue", "€100", "The amount is in EUR, and the currency column says USD. Keep one."),
        ),
        (
            "a,A,-5,EUR,,",
            ("Annual revenue", "-5", "Revenue cannot be negative. Write 0 for an account that pays nothing."),
        ),
        ("a,A,abc,EUR,,", ("Annual revenue", "abc", "“abc” is not a number. Write it like 1234.50.")),
        ("a,A,100,EURO,,", ("Currency", "EURO", "“EURO” is not a currency. Use a code of three letters such as EUR.")),
        (
            "a,A,100,EUR,,jonas",
            ("Owner", "jonas", "No active user has the e-mail “jonas”. Invite them, or leave the cell empty."),
        ),
        (
            "a,A,100,EUR,,,more",
            (
                "",
                "more",
                "This row has 7 values, and the header 6. Take out the extra separator, or put the value into quotes.",
            ),
        ),
        (",A,100,EUR,,", ("External ID", "", "This cell is empty, and every row needs it. Fill it in.")),
        ("a,A,100,EUR,14.01.27,", ("Renewal date", "14.01.27", "“14.01.27” has a year of two digits. Write all four.")),
        (
            "a,A,100,EUR,0000-01-01,",
            ("Renewal date", "0000-01-01", "The year of “0000-01-01” is outside 1900 to 2100. Check the date."),
        ),
        (
            "a,A\0B,100,EUR,,",
            ("Name", "A\N{REPLACEMENT CHARACTER}B", "The value contains NUL bytes. Save the file again as plain text."),
        ),
    ],
)
def test_a_bad_value_is_named_with_its_remedy(acme, row, expected):
    assert problem_of(row) == expected


def test_a_number_of_ten_thousand_digits_is_refused_in_a_short_sentence(acme):
    column, value, problem = problem_of(f"a,A,{'9' * 10_000},EUR,,")
    assert column == "Annual revenue"
    assert len(value) == 500
    assert problem == "A number of 10000 characters. Use at most 15 digits before the decimals."
    assert "15 digits" in problem_of_second(f"b,A,{'9' * 300},EUR,,")


def problem_of_second(row):
    return problems(bring_in(f"{HEADER}{row}\n"))[0][3]


def test_a_name_that_is_too_long_is_refused(acme):
    assert "“xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…” has 301 characters; 300 fit. Shorten it." in problem_of(
        f"a,{'x' * 301},,,,"
    )


def test_a_duplicate_key_names_the_earlier_row(acme):
    batch = bring_in("external id,name\na,One\nb,Two\na,Three\n")
    assert counts(batch) == (2, 0, 0, 1)
    assert problems(batch) == [(4, "external id", "a", "Same key as row 2. Keep one of the two rows.")]
    assert Account.objects.get(external_id="a").name == "One"


def test_an_ambiguous_number_is_refused_until_the_decimal_sign_is_chosen(acme):
    text = 'external id,annual revenue\na,"1,234"\nb,500\n'
    batch = check(text)
    assert problems(batch) == [
        (2, "annual revenue", "1,234", "“1,234” could be two numbers. Choose the decimal sign of this column.")
    ]
    assert counts(batch) == (1, 0, 0, 1)


def test_an_ambiguous_date_is_refused_until_the_order_is_chosen(acme):
    batch = check("external id,renewal date\na,03/04/2027\nb,2027-05-05\n")
    assert problems(batch) == [
        (
            2,
            "renewal date",
            "03/04/2027",
            "“03/04/2027” could be two dates. Choose whether the day or the month comes first.",
        )
    ]


def test_a_second_currency_of_an_account_is_refused(acme):
    bring_in("external id,name,annual revenue,currency\na,Northwind,100,EUR\n")
    batch = bring_in("external id,name,annual revenue,currency\na,Northwind,100,USD\n")
    assert problems(batch) == [
        (2, "currency", "USD", "Northwind is kept in EUR, and this row is in USD. Convert the amount to EUR.")
    ]


def test_a_renewal_before_the_start_that_is_there_is_refused(acme):
    bring_in("external id,customer since,annual revenue\na,2026-05-01,100\n")
    batch = bring_in("external id,renewal date,annual revenue\na,2026-04-01,100\n")
    ((_row, column, _value, problem),) = problems(batch)
    assert (column, problem) == (
        "renewal date",
        "The renewal on 2026-04-01 is not after the start on 2026-05-01. Correct one of the dates.",
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty"),
        (b"  \n ", "The file is empty"),
        (b"external id,name\n", "has a header and no rows"),
        (b",,\n1,2,3\n", "has a header and no rows"),
        (b"PK\x03\x04rest of a workbook", "no workbook that can be opened"),
        (b"%PDF-1.7 something", "no text file"),
        (bytes(range(256)) * 20, "no text file"),
        (b"<!doctype html>\n<p>no table</p>\n", "This is no table: the first row reads “<!doctype html>”"),
        (b'{"accounts": [\n]}\n', "This is no table"),
        (b"Dear Ada this is a letter and not a table at all\nsecond line\n", "This is no table"),
    ],
)
def test_a_file_that_is_no_table_is_refused_and_not_kept(acme, content, words):
    with pytest.raises(UnusableFile, match=words):
        upload(content)
    assert not ImportBatch.objects.exists()


def test_a_missing_needed_column_is_named_with_what_there_is(acme):
    with pytest.raises(
        CannotMatch, match="No column goes to “External ID”, and every row needs it. Choose one of: Nazwa, Kolor"
    ):
        check("Nazwa;Kolor\nA;red\n")


def test_an_unclosed_quote_does_not_swallow_the_rows_before_it(acme):
    batch = bring_in('external id,name\na,One\nb,"Two\n' + "c,Three\n" * 30_000)
    assert Account.objects.filter(external_id="a").exists()
    assert any("quote opens here" in problem for *_rest, problem in problems(batch))


def test_contracts_name_unknown_accounts_and_ends_before_starts(acme):
    make.account(external_id="a", name="Northwind")
    make.contract(make.account(external_id="b"), external_id="taken")
    batch = bring_in(
        "contract id,account,start,end,currency,arr\n"
        "c1,a,2026-01-01,2027-01-01,EUR,1200\n"
        "c2,nobody,2026-01-01,2027-01-01,EUR,1200\n"
        "c3,a,2026-01-01,2025-12-31,EUR,1200\n"
        "c4,a,2026-01-01,2027-01-01,USD,1200\n"
        "taken,a,2026-01-01,2027-01-01,EUR,1\n",
        kind="contracts",
    )
    assert counts(batch) == (1, 0, 0, 4)
    assert [(row, problem) for row, _column, _value, problem in problems(batch)] == [
        (3, "There is no account with the external ID “nobody”. Import the account first."),
        (4, "The contract ends on 2025-12-31 and starts on 2026-01-01. Give an end after the start."),
        (5, "Northwind is kept in EUR, and this contract is in USD. Convert the amount."),
        (6, "This contract belongs to another account than Northwind. Use another external ID."),
    ]
    assert Contract.objects.get(external_id="c1").lines.get().arr == Decimal(1200)


def test_one_amount_over_several_lines_is_refused(acme):
    contract = make.contract(external_id="two-lines")
    make.line(contract, arr=500)
    text = f"contract id,account,start,arr\ntwo-lines,{contract.account.external_id},2026-01-01,"
    assert (
        "has 2 lines, so one amount cannot say which changed"
        in problems(bring_in(text + "99\n", kind="contracts"))[0][3]
    )
    assert counts(bring_in(text + "12500\n", kind="contracts"))[3] == 0


def test_usage_names_unknown_accounts_and_new_metrics(acme):
    account = make.account(external_id="a")
    batch = bring_in(
        "account,metric,day,value,users\na,API calls,2026-11-20,12.5,3\nnobody,API calls,2026-11-20,1,\na,API calls,2026-11-20,9,\n",
        kind="usage",
    )
    assert counts(batch) == (1, 0, 0, 2)
    assert batch.reading["new_metrics"] == ["api-calls"]
    assert [problem for *_rest, problem in problems(batch)] == [
        "There is no account with the external ID “nobody”. Import the account first.",
        "Same key as row 2. Keep one of the two rows.",
    ]
    used = UsageDaily.objects.get(account=account)
    assert (used.day, used.value, used.active_users) == (date(2026, 11, 20), Decimal("12.5000"), 3)

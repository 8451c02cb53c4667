"""Numbers, dates and tables as people write them."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import jdatetime
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.ingest.reading import dates, numbers, table
from accounts.ingest.reading.unreadable import Unreadable
from cshub.l10n.digits import to_persian


@pytest.mark.parametrize(
    ("text", "decimal", "amount", "currency"),
    [
        ("186 000,00 zł", ",", "186000.00", "PLN"),
        ("186\u00a0000,00\u202fzł", ",", "186000.00", "PLN"),
        ("€1,234.50", ".", "1234.50", "EUR"),
        ("1.234.567,8 €", ",", "1234567.8", "EUR"),
        ("USD 12", ".", "12", "USD"),
        ("12 руб.", ",", "12", "RUB"),
        ("۱۲۳٬۴۵۶٫۷۸ ریال", ".", "123456.78", "IRR"),
        ("(1,200.00)", ".", "-1200.00", ""),
        ("\u22125", ".", "-5", ""),
        ("12'345.60", ".", "12345.60", ""),
        (".5", ".", "0.5", ""),
    ],
)
def test_money_is_read(text, decimal, amount, currency):
    assert numbers.read_money(text, decimal=decimal) == (Decimal(amount), currency)


@pytest.mark.parametrize(
    "text",
    ["", "-", "abc", "1,2,3", "1.2.3", "12,34.5,6", "1 zł €", "12%", "1e5", "٫", "--5", "0x10", "NaN", "Infinity"],
)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(Unreadable):
        numbers.read_money(text, decimal=".")


@pytest.mark.parametrize(
    ("values", "decimal"),
    [
        (["186 000,00", "1,234"], ","),
        (["1,234.50", "1,234"], "."),
        (["1,234"], ""),
        (["1,234", "99"], ""),
        (["1.234.567", "1.234"], ","),
        (["12", "7"], "."),
        (["1,5", "1.5"], ""),
        (["0,125"], ","),
        (["12,5"] * 40 + ["1.5"], ","),
    ],
)
def test_the_decimal_sign_is_decided_from_the_whole_column(values, decimal):
    assert numbers.decide(values).decimal == decimal


@given(
    st.decimals(-(10**12), 10**12, places=2),
    st.sampled_from([".", ","]),
    st.sampled_from(["", " ", "\u00a0", "\u202f", "other"]),
    st.booleans(),
)
def test_a_written_number_is_read_as_it_was_meant(amount, decimal, group, persian):
    group = {".": ",", ",": "."}[decimal] if group == "other" else group
    text = f"{amount:,.2f}".replace(",", "\0").replace(".", decimal).replace("\0", group)
    assert numbers.read_number(to_persian(text) if persian else text, decimal=decimal) == amount
    assert numbers.decide([text]).decimal == decimal


@given(st.text(max_size=60))
def test_no_text_breaks_the_parsers(text):
    for read in (
        lambda: numbers.read_money(text, decimal="."),
        lambda: numbers.read_money(text, decimal=","),
        lambda: numbers.read_whole(text, highest=99),
        lambda: dates.read_date(text, order=""),
    ):
        assert len(refusal_of(read)) < 300
    numbers.decide([text])
    dates.decide([text])


def refusal_of(read):
    try:
        read()
    except Unreadable as problem:
        return str(problem)
    return ""


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_every_way_to_write_a_day_is_read_as_that_day(day):
    assert dates.read_date(day.isoformat(), order="") == day
    assert dates.read_date(f"{day} 23:59:59", order="") == day
    assert dates.read_date(f"{day:%Y%m%d}", order="") == day
    assert dates.read_date(to_persian(f"{day:%d.%m.%Y}"), order=dates.DAY_FIRST) == day
    assert dates.read_date(f"{day:%m/%d/%Y}", order=dates.MONTH_FIRST) == day
    jalali = jdatetime.date.fromgregorian(date=day)
    assert dates.read_date(to_persian(f"{jalali.year}/{jalali.month}/{jalali.day}"), order="") == day


@given(st.dates(date(1950, 1, 1), date(2050, 12, 31)), st.integers(0, 500))
def test_months_before_stay_within_their_month(day, count):
    before = dates.months_before(day, count)
    assert (day.year * 12 + day.month) - (before.year * 12 + before.month) == count
    assert before.day == day.day or (before + timedelta(days=1)).month != before.month


@pytest.mark.parametrize(
    "text", ["31.02.2027", "2027-13-01", "1405/12/31", "99999999", "01/02/03", "12", "yesterday", "9999-01-01"]
)
def test_days_that_do_not_exist_are_refused(text):
    with pytest.raises(Unreadable):
        dates.read_date(text, order=dates.DAY_FIRST)


@pytest.mark.parametrize(
    ("values", "first"),
    [
        (["14/01/2027", "03/04/2027"], dates.DAY_FIRST),
        (["01/14/2027", "03/04/2027"], dates.MONTH_FIRST),
        (["03/04/2027"], ""),
        (["03.04.2027"], dates.DAY_FIRST),
        (["14/01/2027", "01/14/2027"], ""),
        (["2027-01-14"], dates.YEAR_FIRST),
        (["05/05/2027"], dates.YEAR_FIRST),
    ],
)
def test_the_order_is_decided_from_the_whole_column(values, first):
    assert dates.decide(values).first == first


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1250", "Zażółć gęślą jaźń;Fabryka Łożysk Wisła;Główna\n"),
        ("cp1251", "Название;Город;Ответственный менеджер\n"),
        ("utf-8", "نام;شهر;مدیر\n"),
        ("utf-8-sig", "Nazwa;Ä;ő\n"),
        ("utf-16", "Nazwa;Łódź;x\n"),
    ],
)
def test_the_text_comes_out_as_it_was_written(encoding, text):
    content = BytesIO((text * 20).encode(encoding))
    guessed = table.guess_encoding(content)
    header = table.read_header(content, encoding=guessed, delimiter=";")
    assert header[0] == text.split(";")[0]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter):
    lines = [["id", "name", "value"], ["1", "Łożysk, Fabryka", "12,5"], ["2", "B", "7"]]
    text = "".join(delimiter.join(f'"{cell}"' if delimiter in cell else cell for cell in line) + "\n" for line in lines)
    assert table.guess_delimiter(text) == delimiter


def test_rows_count_as_spreadsheets_count_them():
    content = BytesIO(b'id,name\n1,"two\nlines"\n\n2,b\n')
    with table.opened(content, encoding="utf-8", delimiter=",") as rows:
        assert [(row.number, row.cells) for row in rows] == [
            (1, ["id", "name"]),
            (2, ["1", "two\nlines"]),
            (4, ["2", "b"]),
        ]


def test_unnamed_and_repeated_columns_get_a_number():
    content = BytesIO(b"id,,name,name\n1,2,3,4\n")
    assert table.read_header(content, encoding="utf-8", delimiter=",") == ["id", "Column 2", "name", "name (2)"]

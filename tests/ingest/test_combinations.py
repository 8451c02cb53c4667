"""Files of three languages in their code pages, of several sizes and delimiters: the exact text is recovered, or a person is asked."""

import random
from io import BytesIO

import pytest

from accounts.ingest import services
from accounts.ingest.reading import dates, numbers, table

WORDS = {
    "pl": ("Fabryka Łożysk", "Wąż i Źrebię", "Ślusarstwo Ćwik", "Żółta Gęś", "Księgarnia Łódź", "Próżność"),
    "ru": ("Рога и Копыта", "Завод Ёлка", "Щёлково Пищепром", "Объединение", "Хлебозавод", "Яхта и Эхо"),
    "de": ("Müller Söhne", "Größe & Maß", "Äpfel über Öl", "Straßenbau Köln", "Bäckerei Weiß", "Übergrün"),
}
PAGES = {
    "pl": ("utf-8", "utf-8-sig", "utf-16", "cp1250", "iso8859-2"),
    "ru": ("utf-8", "utf-8-sig", "utf-16", "cp1251", "koi8-r"),
    "de": ("utf-8", "utf-8-sig", "utf-16", "cp1252", "iso8859-1"),
}
HEADERS = {
    "pl": ("Klient", "Nazwa", "Wartość"),
    "ru": ("Клиент", "Название", "Сумма"),
    "de": ("Kunde", "Name", "Größe"),
}
COMBINATIONS = [
    (language, page, delimiter, rows)
    for language, pages in PAGES.items()
    for page in pages
    for delimiter in ",;\t|"
    for rows in (5, 20, 50, 500)
]


def lines(language, delimiter, rows):
    """Rows of text; a comma or semicolon inside a value stands in quotes."""
    chance = random.Random(f"{language}{delimiter}{rows}")
    yield list(HEADERS[language])
    for n in range(rows):
        name = f"{chance.choice(WORDS[language])} {chance.choice(WORDS[language])}"
        yield [f"K-{n}", f"{name}{delimiter} {n}" if n % 7 == 3 else name, str(chance.randint(10, 99_999))]


def written(language, page, delimiter, rows):
    table_of = list(lines(language, delimiter, rows))
    quoted = [[f'"{cell}"' if delimiter in cell else cell for cell in row] for row in table_of]
    return table_of, "".join(delimiter.join(row) + "\r\n" for row in quoted).encode(page)


def test_there_are_240_combinations():
    assert len(COMBINATIONS) == 240


@pytest.mark.parametrize(("language", "page", "delimiter", "rows"), COMBINATIONS)
def test_the_exact_text_is_recovered(language, page, delimiter, rows):
    wanted, content = written(language, page, delimiter, rows)
    reading = services.guess_reading(BytesIO(content))
    assert reading["delimiter"] == delimiter
    assert reading["header"] == wanted[0]
    with table.opened(BytesIO(content), encoding=reading["encoding"], delimiter=delimiter) as found:
        assert [row.cells for row in found] == wanted


NBSP, NARROW = "\u00a0", "\u202f"


@pytest.mark.parametrize(
    ("values", "decimal", "amount", "currency"),
    [
        ((f"186{NBSP}000,00 zł", "12,5"), ",", "186000.00", "PLN"),
        ((f"186{NARROW}000,00{NBSP}zł",), ",", "186000.00", "PLN"),
        ((f"1{NARROW}234{NARROW}567,89 ₽",), ",", "1234567.89", "RUB"),
        (("€1,234.50",), ".", "1234.50", "EUR"),
        (("1.234,50 €",), ",", "1234.50", "EUR"),
        (("1'234'567.80",), ".", "1234567.80", ""),
        (("۱۸۶٬۰۰۰٫۵۰ ﷼",), ".", "186000.50", "IRR"),
        (("۱۲۳۴",), ".", "1234.0", ""),
        (("(1,234.50)",), ".", "-1234.50", ""),
        (("\u22125,5",), ",", "-5.5", ""),
    ],
)
def test_numbers_as_people_write_them_are_decided_by_their_column(values, decimal, amount, currency):
    decided = numbers.decide(values).decimal
    assert decided == decimal
    found, named = numbers.read_money(values[0], decimal=decided)
    assert (str(found), named) == (amount, currency)


@pytest.mark.parametrize("values", [("1,234",), ("1.234", "12.345"), ("1,5", "1.5")])
def test_numbers_that_could_be_two_leave_the_question_open(values):
    decided = numbers.decide(values)
    assert (decided.decimal, decided.example in values) == ("", True)


@pytest.mark.parametrize(
    ("values", "order", "day"),
    [
        (("14.01.2027",), dates.DAY_FIRST, "2027-01-14"),
        (("03/04/2026", "14/01/2027"), dates.DAY_FIRST, "2026-04-03"),
        (("03/04/2026", "01/14/2027"), dates.MONTH_FIRST, "2026-03-04"),
        (("2027-01-14",), dates.YEAR_FIRST, "2027-01-14"),
        (("۱۴۰۵/۱۰/۲۴",), dates.YEAR_FIRST, "2027-01-14"),
        (("1405/10/24",), dates.YEAR_FIRST, "2027-01-14"),
    ],
)
def test_dates_are_decided_by_their_column(values, order, day):
    decided = dates.decide(values).first
    assert decided == order
    assert dates.read_date(values[0], order=decided).isoformat() == day


@pytest.mark.parametrize("values", [("03/04/2026",), ("14/01/2027", "01/14/2027")])
def test_dates_that_could_be_two_leave_the_question_open(values):
    decided = dates.decide(values)
    assert (decided.first, bool(decided.example)) == ("", True)

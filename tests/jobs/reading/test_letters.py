"""The code page of a text is found out by its letters."""

import pytest

from cotano.jobs import reading
from cotano.jobs.reading.letters import likeliest

UKRAINIAN = "Ганна Їжакевич;Євген Щербань;Оксана Ґалаґан;Мар'яна Кравчук;Софія Лисенко;передзвонити після шостої;крем для рук"
RUSSIAN = "Анна Ежова;Юрий Щербаков;Наталья Подъячева;Жанна Цой;Фёдор Эйхе;позвонить после шести;помада и крем"
POLISH = "Łucja Wiśniewska;Agnieszka Dąbrowska;Józef Żółć;Kasia Źdźbło;zadzwonić po szóstej;krem do rąk"
ROMANIAN = "Ioana Brâncuşi;Ştefan Ţepeş;Mădălina Bălan;sună după şase;cremă de mâini"
GERMAN = "Jürgen Müller;Käthe Großmann;Björn Österreicher;nach sechs zurückrufen;Handcreme für Frau Weiß"
FRENCH = "Zoé Lefèvre;François Hébert;Anaïs Lacôte;à rappeler après six heures;crème pour les mains"
WRITTEN = [
    (UKRAINIAN, "cp1251"),
    (UKRAINIAN, "koi8-u"),
    (RUSSIAN, "cp1251"),
    (RUSSIAN, "koi8-u"),
    (RUSSIAN, "cp866"),
    (POLISH, "cp1250"),
    (ROMANIAN, "cp1250"),
    (GERMAN, "cp1252"),
    (FRENCH, "cp1252"),
]


@pytest.mark.parametrize("case", [str, str.upper, str.lower, str.title])
@pytest.mark.parametrize(("text", "encoding"), WRITTEN)
def test_the_code_page_is_the_one_that_makes_words(text, encoding, case):
    data = case(text).encode(encoding, "ignore")
    assert data.decode(likeliest(data)) == data.decode(encoding)


@pytest.mark.parametrize(("text", "encoding"), WRITTEN)
def test_each_name_alone_is_enough_when_it_is_written_as_names_are(text, encoding):
    names = [name for name in text.split(";") if not name.islower() and not name.isascii()]
    read = [data.decode(likeliest(data)) for data in (name.encode(encoding) for name in names)]
    assert sum(map(str.__eq__, names, read)) >= len(names) - 1


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark(encoding):
    data = "Ім'я,Телефон\nОлена,067\n".encode(encoding)
    table = reading.table(reading.of_bytes(data))
    assert (table.how.encoding, table.headings) == (encoding, ["Ім'я", "Телефон"])
    assert [line.cells for line in table.lines()] == [["Олена", "067"]]


def test_letters_far_behind_plain_ones_are_weighed():
    data = b"name,phone\n" + b"Anna,0671112233\n" * 100_000 + "Ганна,0671112233\n".encode("koi8-u")
    table = reading.table(lambda: (data[n : n + 100_000] for n in range(0, len(data), 100_000)))
    assert (table.how.encoding, [line.cells[0] for line in table.lines()][-1]) == ("koi8-u", "Ганна")

"""What companies write above their columns, and as words in them."""

from decimal import Decimal

import pytest
import time_machine

from campaigns.models import Campaign, Order
from cotano.jobs import actions, cells, kinds
from cotano.jobs.cells import BadRow, plain
from cotano.jobs.kinds import Column, Kind, Unmapped
from leads.models import Lead
from teams.models import ActivityCount, Rep, Territory
from tests import make
from tests.loading import load, rejected

FILES = {  # kind -> its columns, then the same as companies write them
    "territories": (
        "code;parent_code;name;kind;time_zone;currency;language;group",
        "Код;Регион;Название;Тип;Часовой пояс;Валюта;Язык;Группа",
        "Код території;Код регіону;Назва;Рівень;Часовий пояс;Код валюти;Мова;Група",
        "Territory ID;Part of;Territory name;Type;Timezone;Currency code;Lang.;Experiment",
    ),
    "campaigns": (
        "calendar;year;number;starts_on;ends_on;order_deadline;market;grace_days",
        "Календарь;Год;№ кампании;Дата начала;Дата окончания;Приём заказов до;Страна;Льготные дни",
        "Календар;Рік;Кампанія;Початок;Кінець;Останній день замовлення;Ринок;Пільгові дні",
        "Mail plan;Campaign year;Campaign No.;Start date;End date;Deadline;Country;Days for late orders",
    ),
    "roster": (
        "code;sponsor_code;name;phone;email;territory_code;joined_campaign;title;language;status;calendar",
        "Код представителя;Спонсор;ФИО;Телефон;Эл. почта;Территория;Кампания вступления;Звание;Язык;Статус;Календарь",
        "Код представника;Код спонсора;ПІБ;Моб. телефон;Пошта;Код території;Кампанія реєстрації;Посада;Мова;Стан;Календар",
        "Consultant ID;Recruiter;Full name;Mobile;E-mail;Area;First campaign;Rank;Language;State;Calendar code",
    ),
    "orders": (
        "order_no;kind;returns_order_no;rep_code;year;campaign;placed_on;amount;currency;points",
        "Номер заказа;Тип;Исходный заказ;Код представителя;Год;Каталог;Дата заказа;Сумма, грн.;Валюта;Баллы",
        "№ замовлення;Операція;Повернення до замовлення;Представник;Рік;Кампанія;Дата (дд.мм.рррр);Сума;Валюта;Бали",
        "Invoice No.;Order type;Original order;Rep #;Year;Period;Order date;Order total (UAH);Currency;PV",
    ),
    "activity": (
        "rep_code;year;campaign;actions",
        "Номер консультанта;Год кампании;Номер кампании;Количество действий",
        "Код консультантки;Рік кампанії;Номер кампанії;Кількість дій",
        "Distributor ID;Year;Catalogue;App actions",
    ),
    "volumes": (
        "rep_code;year;campaign;pv",
        "Код представителя;Год;Каталог;Личный объем",
        "Код представника;Рік;Кампанія;Бали",
    ),
    "goals": (
        "territory_code;rep_code;leader_code;calendar;year;campaign;measure;goal",
        "Территория;Код представителя;Лидер;Календарь;Год;Кампания;Показатель;План",
        "Код території;Код представника;Код лідера;Календар;Рік;Каталог;Показник;Ціль",
    ),
    "titles": (
        "market;title;name;place;figure;at_least;of_title",
        "Рынок;Код титула;Название;Порядок;Показатель;Не менее;С титулом",
        "Ринок;Звання;Назва;Щабель;Вимога;Мінімум;З титулом",
    ),
    "plan": (
        "market;depth;percent;minimum_pv",
        "Страна;Уровень;Процент;Минимальный PV",
        "Країна;Рівень;Відсоток;Мінімальний PV",
    ),
    "products": (
        "market;code;name;price;points",
        "Рынок;Артикул;Наименование;Цена, грн.;Баллы",
        "Ринок;Код товару;Назва;Ціна (грн);Бали",
    ),
    "worklist": (
        "list;rep_code;person_code;name;phone;kind;reason;last_order_campaign;call_by",
        "Список;Код представителя;Код клиента;ФИО клиента;Телефон;Тип;Причина звонка;Последний заказ;Позвонить до",
        "Список;Код представника;Код клієнта;Ім’я клієнта;Номер телефону;Хто це;Причина;Останнє замовлення;Зателефонувати до",
        "List name;Representative number;Customer ID;Customer name;Phone number;Kind of person;Why;Last order;Call before",
    ),
}


@pytest.mark.parametrize("kind", FILES)
def test_the_headings_of_real_companies_say_which_column_is_what(kind):
    names, *written = [headings.split(";") for headings in FILES[kind]]
    columns = [column.name for column in kinds.get(kind).columns]
    assert sorted(names) == sorted(columns)
    for headings in (names, *written, [heading.upper() for heading in written[0]]):
        assert kinds.get(kind).mapping(headings) == names


def test_every_kind_of_the_company_is_here():
    assert {kind.name for kind in kinds.every().values() if not kind.private} == set(FILES)


def test_no_heading_means_two_columns_of_one_file():
    for kind in kinds.every().values():
        said = [(plain(word), column.name) for column in kind.columns for word in {plain(w): w for w in (column.name, *column.aliases)}]
        words = [word for word, _column in said]
        assert (kind.name, sorted(word for word in set(words) if words.count(word) > 1 or not word)) == (kind.name, [])


class Odd(Kind):
    """A file in which a heading could be either of two columns."""

    name = "odd"
    columns = (
        Column("rep", aliases=("Код", "Code of the rep")),
        Column("product", aliases=("Код", "Rep")),
        Column("size", required=False, aliases=("№",)),
    )


def test_what_could_be_two_columns_is_asked_not_guessed():
    assert Odd().guess(["Код", "Code of the rep", "№", "№ п/п", ""]) == {1: "rep"}
    assert Odd().guess(["Rep", "PRODUCT"]) == {0: "rep", 1: "product"}  # a column's own name goes before another's spelling
    with pytest.raises(Unmapped, match=r"^These columns are missing: product\. The first line of the file is: Code of the rep, Код$"):
        Odd().mapping(["Code of the rep", "Код"])
    with pytest.raises(Unmapped, match=r"^These headings say the same thing: Представитель, Код представителя\.$"):
        kinds.get("activity").mapping(["Представитель", "Код представителя", "Год", "Кампания", "Действия"])
    with pytest.raises(Unmapped, match=r"^These columns are missing: rep_code\."):
        kinds.get("activity").mapping(["Код", "Год", "Кампания", "Действия"])


def test_a_unit_behind_a_heading_does_not_hide_it():
    said = ["Сума, грн.", "Сума (грн)", "Amount, EUR", "Дата [день]", "Фамилия, имя", "Код, название", "(x)", ","]
    assert [cells.without_unit(heading).strip() for heading in said] == [
        "Сума", "Сума", "Amount", "Дата", "Фамилия, имя", "Код, название", "", ",",
    ]  # fmt: skip


def test_what_a_person_has_said_once_goes_before_what_the_headings_say(staff):
    make.territories("PL", extra=())
    text = "Представитель;Код спонсора;ФИО;Территория;Первая кампания\n1;;Анна;PL-N-01;2018-01\n"
    job = actions.check(actions.keep_upload(staff.user, "roster", text.encode(), name="r.csv"))
    actions.read_otherwise(job, {"mapping": {"0": "name", "1": "sponsor_code", "2": "code", "3": "territory_code", "4": "joined_campaign"}})
    actions.confirm(job, by=staff.user)
    actions.carry_out(job.pk)
    actions.load(staff.user, "roster", text.replace("Анна", "Ольга").encode(), name="r.csv")
    assert list(Rep.objects.filter(name="1").values_list("code", flat=True).order_by("code")) == ["Анна", "Ольга"]


# ---- words in the cells
TABLES = {
    "ru": {
        "territories": "Код;Входит в;Название;Тип;Часовой пояс;Валюта;Язык;Группа\n"
        "UA;;Украина;Рынок;Europe/Kyiv;грн.;русский;\n"
        "N;UA;Север;Регион;;;;Пилот\n"
        "N1;N;Киев;Территория;;;;\n",
        "campaigns": "Календарь;Год;Номер;Начало;Окончание;Дедлайн\nUA;2018;14;22.10.2018;11.11.2018;09.11.2018\n",
        "roster": "Код;Спонсор;ФИО;Телефон;Территория;Кампания вступления;Звание;Язык;Статус\n"
        "1;;Анна Петренко;0671112233;N1;2018-10;Лидер;Русский;Активна\n"
        "2;1;Ольга Ёлкина;;N1;2018-12;;укр.;Удалён\n"
        "3;1;Ия;;N1;2018-12;;;Новый\n",
        "orders": "Номер заказа;Тип;Исходный заказ;Код представителя;Год;Кампания;Дата заказа;Сумма, грн;Валюта;Баллы\n"
        "A1;Заказ;;1;2018;14;23.10.2018;1 234,50;Грн.;12\n"
        "A2;Возврат;A1;1;2018;14;24.10.2018;-34,50;;\n"
        "A3;Обмен;;1;2018;14;24.10.2018;1;;\n",
        "activity": "Представитель;Год;Каталог;Действия\n1;2018;14;7\n",
        "worklist": "Список;Код представителя;Код клиента;Клиент;Телефон;Тип;Причина;Последний заказ;Позвонить до\n"
        "День 1;1;K1;Инна;0501112233;Клиентка;давно не заказывала;;30.10.2018\n",
    },
    "uk": {
        "territories": "Код;Вища територія;Назва;Рівень;Часовий пояс;Валюта;Мова;Група\n"
        "UA;;Україна;Ринок;Europe/Kyiv;₴;російська;\n"
        "N;UA;Північ;Регіон;;;;пілот\n"
        "N1;N;Київ;Територія;;;;\n",
        "campaigns": "Календар;Рік;Кампанія;Перший день;Останній день;Дедлайн\nUA;2018;14;22.10.2018;11.11.2018;09.11.2018\n",
        "roster": "Код представника;Спонсор;ПІБ;Телефон;Територія;Кампанія вступу;Звання;Мова;Статус\n"
        "1;;Анна Петренко;067 111-22-33;N1;2018-10;Лидер;ru;чинна\n"
        "2;1;Ольга Ёлкина;;N1;2018-12;;Українська;вилучена\n"
        "3;1;Ия;;N1;2018-12;;;?\n",
        "orders": "Номер замовлення;Операція;Повернення до замовлення;Код представника;Рік;Кампанія;Дата замовлення;Сума;Валюта;Бали\n"
        "A1;ЗАМОВЛЕННЯ;;1;2018;14;23.10.2018;1 234,50;гривня;12\n"
        "A2;Повернення;A1;1;2018;14;24.10.2018;-34,50;;\n"
        "A3;обмін;;1;2018;14;24.10.2018;1;;\n",
        "activity": "Представник;Рік;Каталог;Дії\n1;2018;14;7\n",
        "worklist": "Список;Код представника;Код клієнта;Клієнт;Телефон;Тип;Причина;Останнє замовлення;Зателефонувати до\n"
        "День 1;1;K1;Инна;050 111 22 33;клієнтка;давно не заказывала;;30.10.2018\n",
    },
}


@time_machine.travel("2018-10-25 08:00Z")
@pytest.mark.parametrize("language", TABLES)
def test_a_whole_company_comes_in_as_it_writes_itself(db, language):
    encoding = {"ru": "cp1251", "uk": "utf-16"}[language]
    jobs = {kind: load(kind, text.encode(encoding)) for kind, text in TABLES[language].items()}
    assert {kind: rejected(job) for kind, job in jobs.items()} == {
        "territories": [],
        "campaigns": [],
        "roster": [(4, "choice", {"ru": "status: Новый", "uk": "status: ?"}[language])],
        "orders": [(4, "choice", {"ru": "kind: Обмен", "uk": "kind: обмін"}[language])],
        "activity": [],
        "worklist": [],
    }
    assert list(Territory.objects.order_by("code").values_list("code", "parent__code", "kind", "currency", "language", "group")) == [
        ("N", "UA", "region", "", "", "pilot"),
        ("N1", "N", "territory", "", "", ""),
        ("UA", None, "market", "UAH", "ru", ""),
    ]
    assert list(Rep.objects.order_by("code").values_list("code", "phone", "title", "language", "status")) == [
        ("1", "+380671112233", "Лидер", "ru", "active"),
        ("2", "", "", "uk", "removed"),
    ]
    assert Campaign.objects.get().number == 14
    orders = Order.objects.order_by("number").values_list("number", "kind", "returns__number", "amount", "currency", "points")
    assert list(orders) == [
        ("A1", "order", None, Decimal("1234.50"), "UAH", 12),
        ("A2", "return", "A1", Decimal("-34.50"), "UAH", 0),
    ]
    assert ActivityCount.objects.get().n == 7
    assert list(Lead.objects.values_list("name", "phone", "kind")) == [("Инна", "+380501112233", "customer")]


def test_a_word_is_known_however_it_is_written_and_no_other():
    known = cells.meanings({"order": "заказ, credit note", "return": ""})
    assert {raw: cells.meaning(raw, "kind", known) for raw in ("ORDER", " Заказ. ", "Credit-Note", "return")} == {
        "ORDER": "order", " Заказ. ": "order", "Credit-Note": "order", "return": "return",
    }  # fmt: skip
    for raw in ("", "—", "orders"):
        with pytest.raises(BadRow) as bad:
            cells.meaning(raw, "kind", known)
        assert (bad.value.reason, bad.value.detail) == ("choice", f"kind: {raw}")
    assert [cells.currency(raw) for raw in ("uah", "Грн.", " ₴ ", "€", "$", "", "XYZ", "гривень", "шт")] == [
        "UAH", "UAH", "UAH", "EUR", "USD", "", "XYZ", "UAH", "ШТ",
    ]  # fmt: skip

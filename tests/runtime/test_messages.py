"""The texts of code and templates reach the .po files, and translations stay."""

import pytest
from django.core.management import CommandError, call_command

from cotano.management.commands import messages
from cotano.management.commands.messages import fresh, texts, untranslated

PYTHON = """
def f(n):
    # Translators: on a button
    a = _("Add a lead")
    return ngettext("%(n)s lead", "%(n)s leads", n), pgettext_lazy("month", "May"), a
"""
TEMPLATE = """{% load i18n %}
    {% if x %}
  <p title="{% translate "Home" %}">{{ x|default:_("nobody") }}</p>
      {% endif %}
{% blocktranslate count n=n %}{{ n }} card{% plural %}{{ n }} cards{% endblocktranslate %} (it's here
{% translate "May" context "verb" %}
"""


def write(root):
    (root / "app").mkdir()
    (root / "app" / "a.py").write_text(PYTHON)
    (root / "app" / "page.html").write_text(TEMPLATE)
    return list(texts(root, ("app",)))


def test_texts_of_code_and_templates_are_found(tmp_path):
    assert {(name, text, context) for name, text, _comments, context in write(tmp_path)} == {
        ("app/a.py", "Add a lead", None),
        ("app/a.py", ("%(n)s lead", "%(n)s leads"), None),
        ("app/a.py", "May", "month"),
        ("app/page.html", "Home", None),
        ("app/page.html", "nobody", None),
        ("app/page.html", ("%(n)s card", "%(n)s cards"), None),
        ("app/page.html", "May", "verb"),
    }


def update(path, language, found):
    catalog, written = fresh(path, language, found)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(written)
    return catalog


def test_translations_stay_and_what_is_gone_goes(tmp_path):
    found = write(tmp_path)
    path = tmp_path / "uk" / "LC_MESSAGES" / "django.po"
    assert update(path, "uk", found).num_plurals == 3
    path.write_text(path.read_text().replace('msgid "Home"\nmsgstr ""', 'msgid "Home"\nmsgstr "Дім"'))
    before = path.read_text()
    update(path, "uk", found)
    assert path.read_text() == before
    catalog = update(path, "uk", [text for text in found if text[1] != "nobody"])
    assert catalog["Home"].string == "Дім"
    assert "nobody" not in path.read_text()
    assert "on a button" in path.read_text()


def test_a_text_is_translated_when_all_its_forms_are(tmp_path):
    path = tmp_path / "uk.po"
    update(path, "uk", [("a.py", ("%(n)s lead", "%(n)s leads"), [], None), ("a.py", "Home", [], None)])
    assert untranslated(fresh(path, "uk", [])[0]) == []  # nothing is asked for, nothing is missing
    found = [("a.py", ("%(n)s lead", "%(n)s leads"), [], None), ("a.py", "Home", [], None)]
    path.write_text(
        path.read_text()
        .replace('msgstr[0] ""', 'msgstr[0] "%(n)s контакт"')
        .replace('msgid "Home"\nmsgstr ""', 'msgid "Home"\nmsgstr "Дім"')
    )
    assert untranslated(fresh(path, "uk", found)[0]) == ["%(n)s lead"]
    path.write_text(
        path.read_text().replace('msgstr[1] ""', 'msgstr[1] "%(n)s контакти"').replace('msgstr[2] ""', 'msgstr[2] "%(n)s контактів"')
    )
    assert untranslated(fresh(path, "uk", found)[0]) == []


def test_the_check_fails_for_old_files_and_for_missing_texts_and_writes_nothing(tmp_path, settings, monkeypatch):
    settings.LOCALE_PATHS = [tmp_path]
    monkeypatch.setattr(messages, "texts", lambda *_: iter([("a.py", "Home", [], None)]))
    with pytest.raises(CommandError, match="ru: out of date"):
        call_command("messages", check=True)
    assert list(tmp_path.iterdir()) == []
    call_command("messages", verbosity=0)
    with pytest.raises(CommandError, match=r"^ru: not translated: Home\nuk: not translated: Home$"):
        call_command("messages", check=True)
    for path in tmp_path.rglob("*.po"):
        path.write_text(path.read_text().replace('msgid "Home"\nmsgstr ""', 'msgid "Home"\nmsgstr "x"'))
    call_command("messages", check=True)

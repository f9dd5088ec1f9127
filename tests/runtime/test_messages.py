"""The texts of code and templates reach the .po files, and translations stay."""

from cotano.management.commands.messages import texts, update

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

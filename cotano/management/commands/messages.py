"""`manage.py messages`: brings cotano/locale/*/LC_MESSAGES/django.po up to date with the texts of the code, by Babel alone."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import templatize

KEYWORDS: dict[str, tuple[Any, ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
SOURCES = ("campaigns", "cotano", "leads", "notifications", "pipeline", "teams", "templates")
SOURCE_LANGUAGE = "en"


class Command(BaseCommand):
    """New texts are added untranslated, texts that are gone are dropped, translations stay; nothing is guessed."""

    help = "Brings the .po files up to date with the texts of the code and the templates."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """`--check`."""
        parser.add_argument("--check", action="store_true", help="write nothing; fail where a file is out of date or a text untranslated")

    def handle(self, *_args: Any, **options: Any) -> None:  # noqa: ANN401  as in Django
        """Update each language and say what it still needs; or only say it, and fail."""
        found = list(texts(settings.BASE_DIR, SOURCES))
        wrong = []
        for language, _name in settings.LANGUAGES:
            if language == SOURCE_LANGUAGE:
                continue
            path = Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"
            catalog, written = fresh(path, language, found)
            missing = untranslated(catalog)
            if options["check"]:
                if not path.exists() or path.read_bytes() != written:
                    wrong.append(f"{language}: out of date, run `make messages`")
                wrong += [f"{language}: not translated: {text}" for text in missing]
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(written)
            self.stdout.write(f"{language}: {len(catalog)} texts, {len(missing)} to translate")
        if wrong:
            raise CommandError("\n".join(wrong))


def untranslated(catalog: Catalog) -> list[str]:
    """The texts without a translation, or without one of its plural forms."""
    return [flat(message.id)[0] for message in catalog if message.id and not all(flat(message.string))]


def flat(words: str | tuple[str, ...]) -> tuple[str, ...]:
    """A text's one form, or its plural forms."""
    return words if isinstance(words, tuple) else (words,)


def texts(root: Path, folders: tuple[str, ...]) -> Iterator[tuple[str, Any, list[str], str | None]]:
    """All texts below the folders: file, text (or its forms), translators' comments, context."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in {".py", ".html", ".txt"} and "migrations" not in path.parts and path.is_file():
                source = path.read_text(encoding="utf-8")
                if path.suffix != ".py":
                    # What Django makes of a template is nearly Python: only its indentation is not.
                    source = "\n".join(line.lstrip() for line in templatize(source).splitlines())
                name = path.relative_to(root).as_posix()
                for _line, text, comments, context in extract("python", BytesIO(source.encode()), KEYWORDS, ["Translators:"]):
                    yield name, text, comments, context


def fresh(path: Path, language: str, found: list[tuple[str, Any, list[str], str | None]]) -> tuple[Catalog, bytes]:
    """One language's catalog brought up to date, and its file as it should be."""
    old = Catalog(language, project="Cotano", version="1", header_comment="# Texts of Cotano.", msgid_bugs_address="", fuzzy=False)
    old.last_translator = old.language_team = "Cotano"
    if path.exists():
        with path.open("rb") as file:
            old = read_po(file, locale=language)
    new = Catalog(project="Cotano", version="1", msgid_bugs_address="", creation_date=old.creation_date)
    for name, text, comments, context in found:
        new.add(text, locations=[(name, 0)], auto_comments=comments, context=context)
    old.update(new, no_fuzzy_matching=True)
    out = BytesIO()
    write_po(out, old, width=120, ignore_obsolete=True, include_lineno=False)
    return old, out.getvalue()

"""What a start prepares, and the rights the app's role has afterwards."""

import os
import time

import pytest
from django.core.management import call_command, get_commands
from django.db import ProgrammingError, connection

from cotano.management.commands import prepare
from cotano.management.commands.prepare import collect_static, compile_translations
from notifications.models import PushKey


def test_the_app_role_is_no_superuser_and_owns_nothing(db):
    with connection.cursor() as cursor:
        cursor.execute("select rolsuper, rolcreatedb, rolcreaterole, rolbypassrls from pg_roles where rolname = current_user")
        assert cursor.fetchone() == (False, False, False, False)
        cursor.execute("select count(*) from pg_class where pg_get_userbyid(relowner) = current_user and relkind in ('r', 'S', 'i', 'v')")
        assert cursor.fetchone() == (0,)


def test_the_app_role_may_use_every_table_and_sequence(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')"
            " and not has_table_privilege(oid, 'select, insert, update, delete')"
        )
        assert cursor.fetchall() == []
        cursor.execute("select sequencename from pg_sequences where not has_sequence_privilege(sequencename, 'usage')")
        assert cursor.fetchall() == []


@pytest.mark.parametrize("statement", ["create table mine (id int)", "drop table django_migrations", "create extension btree_gin"])
def test_the_app_role_cannot_change_the_schema(db, statement):
    with connection.cursor() as cursor, pytest.raises(ProgrammingError):
        cursor.execute(statement)


def test_the_push_key_is_made_at_the_first_start_and_kept(db, monkeypatch, settings):
    settings.DEMO = False
    for name in ("call_command", "compile_translations", "collect_static"):
        monkeypatch.setattr(prepare, name, lambda *_args, **_named: None)
    keys = []
    for _start in range(2):
        prepare.Command().handle()
        keys.append(PushKey.objects.get().public)
    assert keys[0] == keys[1]


def test_migrate_and_prepare_are_ours():
    assert {get_commands()[name] for name in ("migrate", "prepare")} == {"cotano"}


def test_migrate_again_changes_nothing(db, capsys):
    call_command("migrate", check_unapplied=True, plan=True)
    assert "No planned migration operations." in capsys.readouterr().out


def test_translations_are_compiled_when_they_are_newer(tmp_path, settings):
    source = tmp_path / "uk" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    settings.LOCALE_PATHS = [tmp_path, tmp_path / "none"]
    assert compile_translations() == [] or not list(tmp_path.glob("*.po"))
    source.write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Lead"\nmsgstr "Лід"\n', encoding="utf-8")
    target = source.with_suffix(".mo")
    assert compile_translations() == [target]
    assert "Лід".encode() in target.read_bytes()
    assert compile_translations() == []
    os.utime(source, (time.time() + 5, time.time() + 5))
    assert compile_translations() == [target]


def test_static_files_are_collected_when_they_have_changed(tmp_path, settings):
    files = tmp_path / "files"
    files.mkdir()
    (files / "a.css").write_text("a {}")
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATICFILES_DIRS = [files]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    assert collect_static()
    assert not collect_static()
    (files / "b.css").write_text("b {}")
    assert collect_static()
    assert (tmp_path / "static" / "b.css").read_text() == "b {}"

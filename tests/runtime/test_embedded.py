"""PostgreSQL and Valkey from their wheels: shared, restarted, stopped, and never a permission changed."""

import shutil
import stat
import time
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
import redis
from psycopg.conninfo import conninfo_to_dict

from cotano import datafolder, embedded, env


def permissions(*paths):
    folders = {folder for path in paths for folder in (path, *path.parents) if folder.exists()}
    return {folder: stat.filemode(folder.stat().st_mode) + f" {folder.stat().st_uid}" for folder in folders}


def test_two_processes_share_the_servers_and_the_last_one_ends_them(folder):
    first, urls = folder.use()
    second, same = folder.use()
    assert urls == same
    assert len([name for name in folder.names() if "cotano.keeper" in name]) == 2
    first.communicate()
    with psycopg.connect(urls["DATABASE_URL"]) as wire:
        assert wire.execute("select 1").fetchone() == (1,)
    second.communicate()
    assert folder.wait_until_empty() == []


def test_roles_and_settings(folder):
    _user, urls = folder.use()
    with psycopg.connect(urls["DATABASE_URL"], autocommit=True) as wire:
        roles = wire.execute(
            "select rolname, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls from pg_roles where rolname ~ '^cotano' order by 1"
        )
        assert roles.fetchall() == [("cotano_app", False, False, False, False), ("cotano_owner", False, False, True, False)]
        for statement in ("create table mine (id int)", "create schema mine", "create extension btree_gist", "create database mine"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                wire.execute(statement)
        assert [wire.execute(f"show {name}").fetchone()[0] for name in ("fsync", "listen_addresses")] == ["on", ""]
        provider = "select datlocprovider, datlocale from pg_database where datname = 'cotano'"
        assert wire.execute(provider).fetchone() == ("b", "C.UTF-8")
    with psycopg.connect(urls["DATABASE_OWNER_URL"], autocommit=True) as wire:
        wire.execute("create extension btree_gist")
    broker = redis.Redis.from_url(urls["REDIS_URL"], decode_responses=True)
    assert broker.config_get("appendonly", "maxmemory-policy", "bind") == {
        "appendonly": "yes",
        "maxmemory-policy": "noeviction",
        "bind": "127.0.0.1",
    }
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=broker.connection_pool.connection_kwargs["port"]).ping()


def test_kill_9_of_everything_then_a_start_recovers(folder):
    _user, urls = folder.use()
    with psycopg.connect(urls["DATABASE_OWNER_URL"], autocommit=True) as wire:
        wire.execute("create table kept (n int)")
        wire.execute("insert into kept values (7)")
    redis.Redis.from_url(urls["REDIS_URL"]).set("kept", "7")
    redis.Redis.from_url(urls["REDIS_URL"]).execute_command("WAITAOF", 1, 0, 5000)
    folder.kill_everything()
    user, again = folder.use()
    assert again == urls
    with psycopg.connect(again["DATABASE_OWNER_URL"]) as wire:
        assert wire.execute("select n from kept").fetchall() == [(7,)]
    assert redis.Redis.from_url(again["REDIS_URL"]).get("kept") == b"7"
    user.communicate()
    assert folder.wait_until_empty() == []


def test_a_killed_server_comes_back_while_it_is_used(folder):
    _user, urls = folder.use()
    killed = [process for process in folder.processes() if process.name() in ("postgres", "valkey-server")]
    for process in killed:
        process.kill()
    for process in killed:
        process.wait(20)
    _second, again = folder.use()
    assert again == urls
    deadline, back = time.monotonic() + 60, False
    while not back and time.monotonic() < deadline:
        with suppress(psycopg.OperationalError, redis.ConnectionError):
            psycopg.connect(urls["DATABASE_URL"]).close()
            back = redis.Redis.from_url(urls["REDIS_URL"]).ping()
    assert back


def test_a_closed_home_stays_closed(make_folder):
    folder = make_folder("closed", "x" * 100, mode=0o700)  # a socket's path could not be that long either
    folder.path.parent.mkdir(mode=0o700)
    watched = (folder.path.parent, Path(embedded.__file__), Path(psycopg.__file__), Path("/var/lib"))
    before = permissions(*watched)
    user, urls = folder.use()
    place = Path(conninfo_to_dict(urls["DATABASE_URL"])["host"])
    user.communicate()
    assert folder.wait_until_empty() == []
    after = permissions(*watched)
    assert {path: after[path] for path in before} == before
    if embedded.SYSTEM in place.parents:
        shutil.rmtree(embedded.SYSTEM / place.relative_to(embedded.SYSTEM).parts[0])


def test_secrets_are_kept_and_private(tmp_path, monkeypatch):
    monkeypatch.setattr(datafolder, "DATA", tmp_path)
    monkeypatch.setattr(datafolder, "RUN", tmp_path / "run")
    monkeypatch.setattr(datafolder, "LOG", tmp_path / "log")
    assert len(embedded.secret("one")) >= 50
    assert embedded.secret("one") == embedded.secret("one") != embedded.secret("two")
    assert stat.S_IMODE((tmp_path / "secrets" / "one").stat().st_mode) == 0o600


def test_given_urls_start_nothing(folder):
    process = folder.start("-c", "from cotano import embedded; embedded.ensure()", DATABASE_URL="postgresql://h/d", REDIS_URL="redis://h/0")
    assert process.communicate() == ("", "")
    assert not folder.path.exists()


def test_only_the_missing_server_is_started(folder):
    words = "import os; from cotano import embedded; embedded.ensure(); print(*sorted(n for n in os.environ if n.endswith('_URL')))"
    process = folder.start("-c", words, DATABASE_URL="postgresql://h/d")
    assert process.communicate()[0] == "DATABASE_URL REDIS_URL\n"
    assert not list((env.ROOT / folder.path / "run").glob("postgres.*"))

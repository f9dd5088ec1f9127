"""The way out leads to push services and nowhere else."""

import contextlib
import datetime as dt
import socket
import threading

import pytest
import time_machine

from notifications import wire

PUBLIC = "142.250.1.1"


@pytest.fixture
def canary():
    """A listening port of this machine; `.heard` counts connections to it."""

    class Canary:
        heard = 0

    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.02)
    canary, ends = Canary(), threading.Event()
    canary.port = server.getsockname()[1]

    def listen():
        while not ends.is_set():
            with contextlib.suppress(TimeoutError):
                connection, _ = server.accept()
                canary.heard += 1
                connection.close()

    thread = threading.Thread(target=listen)
    thread.start()
    yield canary
    with socket.create_connection(("127.0.0.1", canary.port)):  # it does hear
        pass
    ends.set()
    thread.join()
    server.close()


@pytest.fixture
def names(monkeypatch):
    """What the name server says."""
    known = {}

    def getaddrinfo(host, port, **_):
        if host not in known:
            raise socket.gaierror(host)
        families = [socket.AF_INET6 if ":" in place else socket.AF_INET for place in known[host]]
        return [(family, socket.SOCK_STREAM, 6, "", (place, port)) for family, place in zip(families, known[host], strict=True)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return known


BAD = [
    "http://127.0.0.1:{port}/",
    "https://127.0.0.1:{port}/",
    "https://localhost:{port}/",
    "https://[::1]:{port}/",
    "https://[::ffff:127.0.0.1]:{port}/",
    "https://0.0.0.0:{port}/",
    "https://127.1:{port}/",
    "https://2130706433:{port}/",
    "https://0x7f.1:{port}/",
    "https://10.0.0.1/",
    "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data/",
    "http://fcm.googleapis.com/",
    "https://fcm.googleapis.com:{port}/",
    "https://fcm.googleapis.com:8443/",
    "https://fcm.googleapis.com@127.0.0.1:{port}/",
    "https://someone:secret@fcm.googleapis.com/",
    "https://@fcm.googleapis.com/",
    "https://127.0.0.1:{port}#@fcm.googleapis.com/",
    "https://127.0.0.1:{port}?@fcm.googleapis.com/",
    "https://fcm.googleapis.com\\@127.0.0.1:{port}/",
    "https://127.0.0.1:{port}\\@fcm.googleapis.com/",
    "https://fcm.googleapis.com.evil.example/",
    "https://evilfcm.googleapis.com/",
    "https://fcm.googleapis.com./",
    "https://push.services.mozilla.com.evil.example/",
    "https://.push.services.mozilla.com/",
    "https://push.services.mozilla.com/",
    "https://fcm.googleapis.com:abc/",
    "https://fcm.googleapis.com:99999/",
    "https://fcm.googleapis.com/a b",
    "https://fcm.googleapis.com/a\r\nHost: 127.0.0.1",
    "https://fcm.googleapis.com/\u0430",
    "https://fcm\u3002googleapis\u3002com/",
    "https://ⓕcm.googleapis.com/",
    "https://fcm.googleapis.com/" + "a" * 1000,
    "//fcm.googleapis.com/",
    "fcm.googleapis.com",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/",
    "https://[fcm.googleapis.com/",
    "",
]


@pytest.mark.parametrize("endpoint", BAD)
def test_an_address_off_the_list_is_never_connected_to(endpoint, canary):
    with pytest.raises(wire.Forbidden):
        wire.post(endpoint.format(port=canary.port), headers={}, body=b"x")
    assert canary.heard == 0


@pytest.mark.parametrize(
    "endpoint",
    ["https://fcm.googleapis.com/fcm/send/a:b", "https://updates.push.services.mozilla.com/wpush/v2/a", "https://web.push.apple.com:443/Q"],
)
def test_push_services_are_on_the_list(endpoint):
    assert wire.target(endpoint).origin == endpoint.removesuffix("/Q").split(":443")[0].rsplit("/fcm/")[0].rsplit("/wpush")[0]


LOCAL = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104  an address to refuse
    "224.0.0.1",
    "239.1.1.1",
    "255.255.255.255",
    "198.18.0.1",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::127.0.0.1",
    "fe80::1",
    "fc00::1",
    "ff02::1",
    "ff0e::1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "2001:db8::1",
]


@pytest.mark.parametrize("place", LOCAL)
def test_a_listed_name_that_leads_inside_is_never_connected_to(place, names, monkeypatch):
    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: pytest.fail("connected"))
    names["fcm.googleapis.com"] = [place]
    with pytest.raises(wire.Forbidden):
        wire.post("https://fcm.googleapis.com/a", headers={}, body=b"x")
    names["fcm.googleapis.com"] = [PUBLIC, place]
    with pytest.raises(wire.Forbidden):
        wire.post("https://fcm.googleapis.com/a", headers={}, body=b"x")


def test_the_checked_address_is_the_one_connected_to(names, monkeypatch):
    asked = []

    def create_connection(place, timeout):
        asked.append(place)
        names["fcm.googleapis.com"] = ["127.0.0.1"]  # the name has turned inside since it was checked
        raise OSError

    monkeypatch.setattr(socket, "create_connection", create_connection)
    names["fcm.googleapis.com"] = ["2a00:1450:4001::5e", PUBLIC]
    with pytest.raises(wire.Unreachable):
        wire.post("https://fcm.googleapis.com/a", headers={}, body=b"x")
    assert asked == [(PUBLIC, 443)]


def test_an_unknown_name_is_unreachable(names):
    with pytest.raises(wire.Unreachable):
        wire.post("https://fcm.googleapis.com/a", headers={}, body=b"x")


@pytest.fixture
def talker(settings):
    """A listed server that answers each connection with what it is told, byte by byte if asked to."""
    server = socket.create_server(("127.0.0.1", 0))
    settings.PUSH_HOSTS = [f"http://127.0.0.1:{server.getsockname()[1]}"]
    threads = []

    def say(*pieces, close=True):
        def answer():
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                with contextlib.suppress(OSError):
                    for piece in pieces:
                        connection.sendall(piece)
                    if not close:
                        connection.recv(1)  # until the other side gives up

        threads.append(threading.Thread(target=answer))
        threads[-1].start()
        return f"{settings.PUSH_HOSTS[0]}/device"

    yield say
    for thread in threads:
        thread.join()
    server.close()


def test_the_status_is_read_from_pieces(talker):
    endpoint = talker(b"HTTP/1.1 2", b"01 Created\r\n", b"\r\n")
    assert wire.post(endpoint, headers={"TTL": "1"}, body=b"x") == wire.Answer(201)


def test_a_huge_answer_is_not_read(talker):
    endpoint = talker(b"x" * 10_000_000)
    with pytest.raises(wire.Unreachable, match="answer"):
        wire.post(endpoint, headers={}, body=b"x")


def test_a_huge_body_is_not_read(talker):
    endpoint = talker(b"HTTP/1.1 201 Created\r\nContent-Length: 5000000\r\n\r\n", b"x" * 5_000_000)
    with wire.Lines() as lines:
        assert lines.post(wire.target(endpoint), headers={}, body=b"x") == wire.Answer(201)
        assert lines._idle == {("127.0.0.1", wire.target(endpoint).port, False): []}


def test_an_endless_head_ends_with_its_status(talker):
    endpoint = talker(b"HTTP/1.1 429 Busy\r\n", *[b"X-More: yes\r\n" * 1000] * 400)
    assert wire.post(endpoint, headers={}, body=b"x") == wire.Answer(429)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("7", 7), ("0", 0), ("-1", 0), ("99999999999", 21600), ("Sat, 01 Jan 2000 00:01:00 GMT", 60), ("soon", 0), ("Fri, 31 Dec 1999", 0)],
)
def test_a_busy_service_says_how_long(talker, said, seconds):
    endpoint = talker(f"HTTP/1.1 429 Busy\r\nretry-after: {said}\r\nContent-Length: 2\r\n\r\nno".encode())
    with time_machine.travel(dt.datetime(2000, 1, 1, tzinfo=dt.UTC), tick=False):
        assert wire.post(endpoint, headers={}, body=b"x") == wire.Answer(429, seconds)


def serve(answers):
    """A listed server: for each connection the answers it gives on it, then it closes; `.heard` counts the requests of each."""
    server = socket.create_server(("127.0.0.1", 0))
    heard = []

    def run():
        for said in answers:
            connection, _ = server.accept()
            heard.append(0)
            with connection:
                for answer in said:
                    if not connection.recv(65536):
                        break
                    heard[-1] += 1
                    connection.sendall(answer)

    thread = threading.Thread(target=run)
    thread.start()
    return server, thread, heard


GOOD = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize(
    ("connections", "posts", "heard"),
    [
        ([[GOOD, GOOD, b"HTTP/1.1 204 None\r\n\r\n"]], 3, [3]),
        ([[GOOD], [GOOD]], 2, [1, 1]),  # closed by the service meanwhile
        ([[b"HTTP/1.1 201 Created\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"], [GOOD]], 2, [1, 1]),
        ([[b"HTTP/1.0 201 Created\r\nContent-Length: 0\r\n\r\n"], [GOOD]], 2, [1, 1]),
        ([[b"HTTP/1.1 201 Created\r\n\r\n"], [GOOD]], 2, [1, 1]),  # no length: nobody knows where it ends
        ([[GOOD + b"HTTP/1.1 500 Smuggled\r\n\r\n"], [GOOD]], 2, [1, 1]),  # more than it announced
    ],
)
def test_a_connection_stays_while_its_answers_end_where_they_say(settings, connections, posts, heard):
    server, thread, counted = serve(connections)
    settings.PUSH_HOSTS = [f"http://127.0.0.1:{server.getsockname()[1]}"]
    to = wire.target(f"{settings.PUSH_HOSTS[0]}/device")
    with wire.Lines() as lines:
        assert [lines.post(to, headers={}, body=b"x").status // 100 for _ in range(posts)] == [2] * posts
    thread.join()
    server.close()
    assert counted == heard


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1", b"SSH-2.0-OpenSSH_9\r\n", b"HTTP/1.1 20x OK\r\n", b"\n"])
def test_what_is_no_http_is_no_answer(talker, answer):
    with pytest.raises(wire.Unreachable):
        wire.post(talker(answer), headers={}, body=b"x")


def test_a_silent_server_is_given_up(talker):
    with pytest.raises(wire.Unreachable):
        wire.post(talker(b"HTTP/1.1 ", close=False), headers={}, body=b"x", seconds=0.1)


def test_the_origin_names_a_port_only_when_it_is_unusual(settings):
    settings.PUSH_HOSTS = ["http://127.0.0.1:9", "https://push.example"]
    assert wire.target("http://127.0.0.1:9/a").origin == "http://127.0.0.1:9"
    assert wire.target("https://push.example/a").origin == "https://push.example"
    with pytest.raises(wire.Forbidden):
        wire.target("http://127.0.0.1:90/a")

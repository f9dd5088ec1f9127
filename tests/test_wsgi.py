"""The door of the web server: nothing is read with a codec that the request names."""

import io

import pytest

from cotano.wsgi import application


def ask(content_type, query="q=%5Cud800", method="GET", body=b""):
    """The status of the log-in page."""
    said = []
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": "/accounts/login/",
        "QUERY_STRING": query,
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "HTTP_HOST": "localhost",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
    }
    answer = application(environ, lambda *started: said.append(started[0]))
    b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    return said[0].split()[0]


CODECS = ["unicode_escape", "raw_unicode_escape", "hex", "rot13", "zip", "idna", "punycode", "undefined", "utf-16", "cp037", "latin-1"]


@pytest.mark.django_db
@pytest.mark.parametrize("charset", [*(f"charset={codec}" for codec in CODECS), "charset=\0", "charset*=no''%41"])
def test_what_is_not_utf8_is_refused(charset):
    assert ask(f"text/plain; {charset}") == "400"
    assert ask(f"multipart/form-data; boundary=B; {charset}", method="POST", body=b"--B--\r\n") == "400"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "charset", ["", "; charset=UTF-8", "; charset=utf8", "; charset=no-such-codec", "; charset*=hex''%41", "; charset", ";;;="]
)
def test_utf8_and_what_nobody_knows_is_read_as_utf8(charset):
    assert ask(f"text/plain{charset}") == "200"

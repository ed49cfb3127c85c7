# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network's edges: certificates, proxies, redirects, .netrc and the forms of api_url.

`datadog.example.com` is a name that no resolver knows: here it is this machine, so that what holds for loopback
addresses only (http, no proxy) does not apply.
"""

from __future__ import annotations

import datetime
import socket
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import trustme
from ansible_collections.keywarden.datadog.tests.standin import API_KEY, APP_KEY, LEAVER, Organization, StandIn

from .harness import INFO, REMOVE, Run, hurried, run, tls_context
from .proxy import Proxy, running_proxy
from .world import world

HOST = "datadog.example.com"


@pytest.fixture(autouse=True)
def host_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give HOST an address."""
    resolve = socket.getaddrinfo

    def resolved(host: Any, *args: Any, **options: Any) -> object:
        return resolve("127.0.0.1" if host in (HOST, HOST.encode()) else host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolved)


@pytest.fixture(scope="module")
def tls_standin(authority: trustme.CA) -> Iterator[StandIn]:
    """A server with a good certificate for HOST and 127.0.0.1, of an authority that has to be named."""
    with StandIn(tls=tls_context(authority.issue_cert(HOST, "127.0.0.1"))) as standin:
        yield standin


@pytest.fixture
def secure(tls_standin: StandIn) -> StandIn:
    """The same, as good as new."""
    tls_standin.reset(world().organization)
    return tls_standin


@pytest.fixture
def ca_path(authority: trustme.CA, tmp_path: Path) -> str:
    """The authority's certificate."""
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    return str(file)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """A proxy that tunnels."""
    with running_proxy() as proxy:
        yield proxy


def url_of(standin: StandIn) -> str:
    """The server under a name that is not loopback's."""
    return f"https://{HOST}:{standin.port}"


def removed(standin: StandIn, url: str, **options: Any) -> Run:
    """Remove all of the leaver's keys."""
    with hurried():
        return run(REMOVE, url, **{"owner": LEAVER, **options})


def assert_all_gone(standin: StandIn, result: Run) -> None:
    """It worked, and for real."""
    assert not result.failed, result.text
    assert result.outcomes == ["deleted"] * 3
    assert not standin.organization.keys_of(LEAVER)


def assert_nothing_was_sent(result: Run, *servers: StandIn) -> None:
    """A clear error, no traceback, and no server saw a request."""
    assert result.failed
    assert not result.crashed, result.text
    assert "defect" not in result.text
    assert [one.path for server in servers for one in server.requests] == []


# Certificates


def test_a_private_authority_is_trusted_by_ca_path(secure: StandIn, ca_path: str) -> None:
    assert_all_gone(secure, removed(secure, url_of(secure), ca_path=ca_path))


def test_a_private_authority_is_trusted_by_the_environment(secure: StandIn, ca_path: str) -> None:
    assert_all_gone(secure, removed(secure, url_of(secure), env={"REQUESTS_CA_BUNDLE": ca_path}))


def test_ca_path_goes_before_the_environment(secure: StandIn, ca_path: str, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    assert_all_gone(secure, removed(secure, url_of(secure), ca_path=ca_path, env={"REQUESTS_CA_BUNDLE": str(other)}))


def test_an_unknown_authority_is_refused_and_the_way_out_is_told(secure: StandIn) -> None:
    result = removed(secure, url_of(secure))
    assert_nothing_was_sent(result, secure)
    assert "ca_path" in result.msg


@pytest.mark.parametrize("flaw", ["expired", "not yet valid", "wrong host"])
def test_a_flawed_certificate_of_a_trusted_authority_is_refused(authority: trustme.CA, ca_path: str, flaw: str) -> None:
    now = datetime.datetime.now(datetime.timezone.utc)
    day = datetime.timedelta(days=1)
    certificate = {
        "expired": lambda: authority.issue_cert(HOST, not_before=now - 2 * day, not_after=now - day),
        "not yet valid": lambda: authority.issue_cert(HOST, not_before=now + day, not_after=now + 2 * day),
        "wrong host": lambda: authority.issue_cert("other.example.com"),
    }[flaw]()
    with StandIn(world().organization, tls=tls_context(certificate)) as standin:
        result = removed(standin, url_of(standin), ca_path=ca_path)
        assert_nothing_was_sent(result, standin)
        assert len(standin.organization.keys_of(LEAVER)) == 3
    assert "certificate" in result.msg


def test_validate_certs_false_is_honoured_and_warned_of(secure: StandIn) -> None:
    result = removed(secure, url_of(secure), validate_certs=False)
    assert_all_gone(secure, result)
    assert any("validate_certs" in text for text in result.warnings)


def test_validate_certs_false_is_not_undone_by_the_environment(secure: StandIn, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    result = removed(secure, url_of(secure), validate_certs=False, env={"REQUESTS_CA_BUNDLE": str(other)})
    assert_all_gone(secure, result)


@pytest.mark.parametrize("content", [None, "", "this is no certificate\n"])
def test_a_ca_path_that_is_none_is_told(secure: StandIn, tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "bad.pem"
    if content is not None:
        file.write_text(content)
    result = removed(secure, url_of(secure), ca_path=str(file))
    assert_nothing_was_sent(result, secure)
    assert "ca_path" in result.msg


# Proxies


def test_a_proxy_of_the_environment_is_used_and_sees_no_secret(secure: StandIn, ca_path: str, proxy: Proxy) -> None:
    result = removed(secure, url_of(secure), ca_path=ca_path, env={"HTTPS_PROXY": proxy.url})
    assert_all_gone(secure, result)
    assert {target for target, _headers in proxy.asked} == {f"{HOST}:{secure.port}"}
    seen = str(proxy.asked)
    assert API_KEY not in seen
    assert APP_KEY not in seen


@pytest.mark.parametrize("exempt", [HOST, ".example.com", "example.com", "*"])
def test_no_proxy_is_honoured(secure: StandIn, ca_path: str, proxy: Proxy, exempt: str) -> None:
    environment = {"HTTPS_PROXY": proxy.url, "NO_PROXY": exempt}
    assert_all_gone(secure, removed(secure, url_of(secure), ca_path=ca_path, env=environment))
    assert proxy.asked == []


def test_no_proxy_stands_before_this_machine(standin: StandIn, proxy: Proxy) -> None:
    standin.reset(world().organization)
    everywhere = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), proxy.url)
    assert_all_gone(standin, removed(standin, standin.url, env=everywhere))
    assert proxy.asked == []


@pytest.mark.parametrize("status", [404, 403, 407, 502, 302])
def test_a_proxy_that_answers_in_html_is_an_error_and_never_absent(
    secure: StandIn, ca_path: str, proxy: Proxy, status: int
) -> None:
    proxy.refusal = (status, b"<html><body>Application key not found</body></html>")
    keys = [key.id for key in secure.organization.keys_of(LEAVER)]
    result = removed(
        secure, url_of(secure), owner=None, app_key_id=keys, ca_path=ca_path, env={"HTTPS_PROXY": proxy.url}
    )
    assert_nothing_was_sent(result, secure)
    assert set(result.outcomes) == {"failed"}
    assert "proxy" in result.msg


def test_a_page_of_a_proxy_in_the_tunnel_is_an_error_and_never_absent(
    secure: StandIn, ca_path: str, proxy: Proxy
) -> None:
    secure.faults.add("status", status=404, body="html")
    keys = [key.id for key in secure.organization.keys_of(LEAVER)]
    result = removed(
        secure, url_of(secure), owner=None, app_key_id=keys, ca_path=ca_path, env={"HTTPS_PROXY": proxy.url}
    )
    assert set(result.outcomes) == {"failed"}
    assert len(secure.organization.keys_of(LEAVER)) == 3


def test_a_proxy_that_is_down_is_told_without_its_password(secure: StandIn, ca_path: str) -> None:
    closed = socket.socket()
    closed.bind(("127.0.0.1", 0))
    address = f"http://someone:proxy-password-4711@127.0.0.1:{closed.getsockname()[1]}"
    result = removed(secure, url_of(secure), ca_path=ca_path, env={"HTTPS_PROXY": address})
    closed.close()
    assert_nothing_was_sent(result, secure)
    assert "proxy" in result.msg
    assert "proxy-password" not in result.text


@pytest.mark.parametrize("breaks", ["close", "reset", "cut"])
@pytest.mark.parametrize("extent", [1, 3, 1000])
@pytest.mark.parametrize("effect", [True, False])
def test_a_tunnel_that_breaks_after_a_delete_is_a_lost_reply(
    secure: StandIn, ca_path: str, proxy: Proxy, effect: bool, extent: int, breaks: str
) -> None:
    proxy.breaks = breaks
    left = [extent]

    def due() -> bool:
        answered = any(one.method == "DELETE" and one.status for one in secure.requests)
        left[0] -= answered
        return answered and left[0] >= 0

    proxy.due = due
    if not effect:
        secure.faults.add("answer", method="DELETE", effect=False)
    keys = [key.id for key in secure.organization.keys_of(LEAVER)]
    result = removed(
        secure, url_of(secure), owner=None, app_key_id=keys, ca_path=ca_path, env={"HTTPS_PROXY": proxy.url}
    )
    gone = [key_id not in secure.organization.keys for key_id in keys]
    assert effect or not any(gone)
    for outcome, is_gone in zip(result.outcomes, gone):
        assert outcome in (("deleted", "unknown") if is_gone else ("failed", "unknown")), result.text
    if extent == 1 and effect:
        assert result.outcomes == ["deleted"] * 3
    assert not result.crashed


BROKEN_PROXIES = [
    "http://u:proxy-password-4711@",
    "http://",
    "http://[",
    "http://[::1",
    "http://proxy.example.com:99999",
    "http://proxy.example.com:port",
    "http://u:proxy-password-4711@proxy..example.com:3128",
    "http://" + "x" * 300 + ".example.com",
    "ftp://proxy.example.com",
    "socks9://proxy.example.com",
    "://",
    "http:///path",
    "http://\xff\xfe:3128",
    "http://proxy example:3128",
]


@pytest.mark.parametrize("address", BROKEN_PROXIES)
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_that_is_none_is_told_and_nothing_is_sent(
    secure: StandIn, ca_path: str, name: str, address: str
) -> None:
    result = removed(secure, url_of(secure), ca_path=ca_path, env={name: address}, max_retries=0)
    assert_nothing_was_sent(result, secure)
    assert "proxy" in result.msg
    assert "proxy-password" not in result.text


# Redirects


@pytest.fixture
def trap() -> Iterator[StandIn]:
    """Where redirects lead. It must never get a request."""
    with StandIn(Organization.empty()) as trap:
        yield trap


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("target", ["other port", "other host", "other scheme", "same server", "relative"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_redirect_carries_nothing_anywhere(
    standin: StandIn, trap: StandIn, record_property: Any, method: str, target: str, status: int
) -> None:
    record_property("cells", 1)
    standin.reset(world().organization)
    to = {
        "other port": trap.url + "/api/v2/application_keys",
        "other host": f"http://{HOST}:{trap.port}/",
        "other scheme": f"https://127.0.0.1:{trap.port}/",
        "same server": standin.url + "/api/v2/elsewhere",
        "relative": "/api/v2/elsewhere",
    }[target]
    standin.faults.add("redirect", status=status, to=to, method=method, path="application_keys/")
    keys = [key.id for key in standin.organization.keys_of(LEAVER)]
    result = removed(standin, standin.url, owner=None, app_key_id=keys)
    assert trap.requests == []
    assert [one.path for one in standin.requests if "elsewhere" in one.path] == []
    assert set(result.outcomes) == {"failed"}
    assert "redirect" in result.msg
    assert len(standin.organization.keys_of(LEAVER)) == 3


# .netrc and the environment


def test_a_netrc_is_not_used(standin: StandIn, tmp_path: Path) -> None:
    standin.reset(world().organization)
    text = "default login intruder password netrc-password-4711\nmachine 127.0.0.1 login a password b\n"
    for name in (".netrc", "_netrc"):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600)
    environment = {"HOME": str(tmp_path), "NETRC": str(tmp_path / ".netrc")}
    assert_all_gone(standin, removed(standin, standin.url, env=environment))
    assert all("Authorization" not in one.headers for one in standin.requests)
    assert all(one.credentials.app_key == APP_KEY for one in standin.requests)


# api_url


def test_a_path_in_api_url_stands_before_every_request(standin: StandIn) -> None:
    result = removed(standin, standin.url + "/gateway/datadog/")
    assert result.failed
    paths = {one.path for one in standin.requests}
    # Who the caller is, is asked beside everything else, and may come too late for the log.
    assert paths - {"/gateway/datadog/api/v2/current_user"} == {"/gateway/datadog/api/v2/users"}


@pytest.mark.parametrize("end", ["/", "//"])
def test_a_slash_at_the_end_of_api_url_does_not_matter(standin: StandIn, end: str) -> None:
    standin.reset(world().organization)
    assert_all_gone(standin, removed(standin, standin.url + end))


def test_an_ipv6_address_in_api_url() -> None:
    with StandIn(world().organization, host="::1") as standin:
        assert_all_gone(standin, removed(standin, standin.url))


@pytest.mark.parametrize(
    "api_url",
    [
        "http://api.datadoghq.com",
        "HTTP://API.DATADOGHQ.COM",
        f"http://{HOST}:{{port}}",
        "http://127.0.0.1@{host}:{port}",
        "http://127.0.0.1:{port}@{host}:{port}",
        "http://localhost.example.com:{port}",
        "http://127.0.0.1.example.com:{port}",
        "http://127.0.0.1\\@{host}:{port}",
        "http://127.0.0.1#@{host}:{port}",
        "http://127.0.0.1?@{host}:{port}",
        "http://0.0.0.0:{port}",
        "http://2130706433:{port}",
        "http://user:{secret}@127.0.0.1:{port}",
        "http://{secret}@127.0.0.1:{port}",
        "http://user:{secret}/@127.0.0.1:{port}",
        "https://user:{secret}@{host}:{port}",
        "https://{host}:{port}\n",
        "https://{host}:{port}/\t",
        "https://{host}:port",
        "https://{host}:99999",
        "https://[::1",
        "https://",
        "//{host}:{port}",
        "{host}:{port}",
        "ftp://{host}:{port}",
        "file:///etc/hosts",
        "https://{host}:{port}/?x=1",
        "https://{host}:{port}/#x",
        "https://ex\u0430mple.com:{port}",
    ],
)
def test_a_dangerous_api_url_is_refused_before_any_request(
    standin: StandIn, secure: StandIn, monkeypatch: pytest.MonkeyPatch, api_url: str
) -> None:
    secret = "password-in-the-url-4711"
    tried = []
    monkeypatch.setattr(socket.socket, "connect", lambda _socket, address: tried.append(address))
    url = api_url.format(port=standin.port, host=HOST, secret=secret)
    tasks: list[tuple[ModuleType, dict[str, Any]]] = [(REMOVE, {"owner": LEAVER}), (INFO, {})]
    for module, options in tasks:
        result = run(module, url, **options)
        assert_nothing_was_sent(result, standin, secure)
        assert "api_url" in result.msg
        assert secret not in result.text
    assert tried == []

# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Sending one request: session, proxies, TLS, bounds. An answer comes back whole, or a failure that says what broke."""

from __future__ import annotations

import os
import socket
import ssl
import time
from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any

from .address import Address
from .answers import Answer
from .errors import (
    CertificateError,
    ConnectError,
    DatadogError,
    LostReplyError,
    OptionError,
    UnexpectedReplyError,
)
from .third_party import (
    HTTPAdapter,
    HTTPError,
    InsecureRequestWarning,
    NewConnectionError,
    ReadTimeoutError,
    requests,
)
from .version import VERSION

# A page of 100 keys with its users and roles has about 200 kB.
LARGEST_BODY = 16 * 1024 * 1024


class Transport:
    """Connections to one address that all carry the same headers."""

    def __init__(
        self,
        address: Address,
        headers: Mapping[str, str],
        *,
        timeout: float,
        connections: int,
        validate_certs: bool,
        ca_path: str | None,
    ) -> None:
        """:param headers: go with every request, such as the credentials.
        :param timeout: seconds for one request.
        :param connections: how many are kept open.
        :param ca_path: a file or a directory of certificate authorities.
        :raises OptionError: the certificate authorities cannot be loaded.
        """
        self._address = address
        self._timeout = timeout
        self._session = _new_session(headers, connections)
        # What the environment says is read once, here: requests would read it again for every request,
        # together with a .netrc, whose credentials have no business in these requests.
        self._session.trust_env = False
        if not address.loopback:
            self._session.proxies.update(requests.utils.get_environ_proxies(address.url))
        self._verify = validate_certs and (_authorities(ca_path) if ca_path or address.encrypted else True)
        if not validate_certs:
            # The modules warn in Ansible's own way.
            requests.packages.urllib3.disable_warnings(InsecureRequestWarning)  # type: ignore[attr-defined]

    def attempt(
        self,
        method: str,
        url: str,
        params: Mapping[str, str | int] | None,
        purpose: str,
    ) -> tuple[Answer | None, DatadogError | None]:
        """Send once. Either an answer, or a failure after which another attempt may help.

        :raises DatadogError: a failure after which none can.
        """
        try:
            return self._exchange(method, url, params), None
        except requests.exceptions.SSLError as error:
            refusal = _cause(error, (ssl.SSLCertVerificationError, ValueError))
            if refusal:
                raise CertificateError(
                    f"{purpose}: the certificate of {self._address.name} is not accepted, so nothing was sent: "
                    f"{getattr(refusal, 'verify_message', '') or 'it is for another host'}. "
                    f"If a private authority signed it, name that authority in ca_path."
                ) from None
            # It may also break while the answer comes, so this is not a proof that nothing was sent.
            return None, self._lost(purpose, "the TLS connection failed")
        except requests.exceptions.ProxyError:
            return None, self._unreachable(purpose, "the proxy did not connect")
        except requests.exceptions.ConnectTimeout:
            return None, self._unreachable(purpose, f"no connection within {self._timeout:g} s")
        except requests.exceptions.ConnectionError as error:
            if _cause(error, NewConnectionError):
                return None, self._unreachable(purpose, _connect_problem(error))
            if _cause(error, (TimeoutError, ReadTimeoutError)):
                return None, self._lost(purpose, f"no answer within {self._timeout:g} s")
            return None, self._lost(purpose, "the connection broke before the whole answer came")
        except requests.exceptions.Timeout:
            return None, self._lost(purpose, f"no answer within {self._timeout:g} s")
        except (
            requests.exceptions.InvalidSchema,
            requests.exceptions.InvalidURL,
            requests.exceptions.InvalidHeader,
        ) as error:
            raise OptionError(
                f"{purpose}: the request could not be made ({type(error).__name__}). "
                f"Check api_url and the proxy settings in the environment."
            ) from None
        except ReadTimeoutError:
            return None, self._lost(purpose, f"no whole answer within {self._timeout:g} s")
        except (requests.exceptions.RequestException, HTTPError):
            return None, self._lost(purpose, "the answer was cut short or garbled")
        except _TooLarge:
            raise UnexpectedReplyError(
                f"{purpose}: {self._address.name} answered with more than {LARGEST_BODY >> 20} MiB, which is "
                f"not an answer of Datadog's API. Look at site and api_url, and at a proxy on the way.",
                effect_possible=True,
            ) from None

    def _exchange(self, method: str, url: str, params: Mapping[str, str | int] | None) -> Answer:
        with self._session.request(
            method,
            url,
            params=params,
            timeout=self._timeout,
            verify=self._verify,
            # requests would carry the credentials' headers along to the other host.
            allow_redirects=False,
            stream=True,
        ) as response:
            deadline = time.monotonic() + self._timeout
            chunks, size = [], 0
            for chunk in iter(lambda: _read_some(response.raw), b""):
                chunks.append(chunk)
                size += len(chunk)
                if size > LARGEST_BODY:
                    raise _TooLarge()
                if time.monotonic() > deadline:
                    raise requests.exceptions.ReadTimeout
            response.raw.drain_conn()  # at its end already; this hands the connection back for the next request
            stated = response.headers.get("Content-Length", "")
            # urllib3 1.26 does not compare these two under requests.
            bodiless = response.status_code in (204, 304)
            if stated.isdigit() and response.raw.tell() < int(stated) and not bodiless:
                raise HTTPError
            return Answer(response.raw, response.status_code, response.headers, b"".join(chunks))

    def _unreachable(self, purpose: str, problem: str) -> ConnectError:
        return ConnectError(
            f"{purpose}: {self._address.name} could not be reached: {problem}. "
            f"Check the network, proxy settings, site and api_url."
        )

    def _lost(self, purpose: str, problem: str) -> LostReplyError:
        return LostReplyError(
            f"{purpose}: {problem} ({self._address.name}). "
            f"Check the network and proxy settings, or raise timeout and max_retries.",
            effect_possible=True,
        )


def _new_session(headers: Mapping[str, str], connections: int) -> Any:
    session = requests.Session()
    adapter = HTTPAdapter(pool_connections=1, pool_maxsize=connections, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.headers.update({"User-Agent": f"keywarden.datadog/{VERSION}", "Accept": "application/json"})
    session.headers.update(headers)
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    return session


def _authorities(ca_path: str | None) -> str | bool:
    """The file or directory to verify certificates with, True for the usual authorities.

    :raises OptionError: it cannot be loaded.
    """
    sources = {"ca_path": ca_path}
    sources.update((name, os.environ.get(name)) for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"))
    for source, path in sources.items():
        if not path:
            continue
        try:
            if os.path.isdir(path):
                os.listdir(path)
            else:
                ssl.create_default_context(cafile=path)
        except (OSError, ValueError) as error:
            raise OptionError(
                f"{source} names {path}, which cannot be loaded ({getattr(error, 'strerror', None) or 'no PEM'}). "
                f"It must be a readable file in PEM format, or a directory of them, on the host that runs the task."
            ) from None
        return path
    return True


def _read_some(raw: Any) -> bytes:
    """What has come of the body, decoded; empty at its end.

    ``read`` would not return, and so not let the deadline be looked at, before all of the amount is there.
    """
    read1 = getattr(raw, "read1", None)  # urllib3 1.26 has none
    some: bytes = read1(64 * 1024, decode_content=True) if read1 else raw.read(1024, decode_content=True)
    return some


class _TooLarge(Exception):
    """The body is larger than any answer of Datadog's."""


def _cause(error: BaseException, kinds: Any) -> BaseException | None:
    """The exception of one of these kinds that is somewhere behind ``error``."""
    seen: list[Any] = []
    todo: list[Any] = [error]
    while todo:
        item = todo.pop()
        if not isinstance(item, BaseException) or item in seen:
            continue
        # What requests raises is an OSError, and some of it a ValueError too: it is never the cause.
        if isinstance(item, kinds) and not isinstance(item, requests.exceptions.RequestException):
            found: BaseException = item
            return found
        seen.append(item)
        todo += [item.__cause__, item.__context__, getattr(item, "reason", None), *item.args]
    return None


def _connect_problem(error: BaseException) -> str:
    # The exception's text holds the URL, and with it a v1 key: only its kind may be told.
    if _cause(error, ConnectionRefusedError):
        return "the connection was refused"
    if _cause(error, socket.gaierror):
        return "its name could not be resolved"
    return "the connection failed"

# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Sending one request: an answer comes back whole, or a failure that says what broke and whether anything was sent."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
import zlib
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from . import wire
from .adapter import Adapter, authorities, proxies_for
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
from .third_party import InsecureRequestWarning, requests
from .version import VERSION
from .wire import ATTEMPT, Attempt, TooLargeError

GZIP = 16 + zlib.MAX_WBITS


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
        :param timeout: seconds for one request, from the first packet to the last.
        :param connections: how many are kept open.
        :param ca_path: a file or a directory of certificate authorities.
        :raises OptionError: the certificate authorities cannot be loaded, or the proxy of the environment is none.
        """
        self._address = address
        self._timeout = timeout
        self._adapter = Adapter(pool_connections=1, pool_maxsize=connections, max_retries=0)
        self._headers = {
            "User-Agent": f"keywarden.datadog/{VERSION}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            **headers,
        }
        self._proxies = proxies_for(address)
        self._verify = validate_certs and (authorities(ca_path) if ca_path or address.encrypted else True)
        if not validate_certs:
            # The modules warn in Ansible's own way.
            requests.packages.urllib3.disable_warnings(InsecureRequestWarning)  # type: ignore[attr-defined]

    @cached_property
    def _common(self) -> requests.PreparedRequest:
        """What all requests have in common."""
        return requests.Request("GET", self._address.url, headers=self._headers).prepare()

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
        attempt = Attempt(time.monotonic() + self._timeout)
        token = ATTEMPT.set(attempt)
        try:
            return self._exchange(method, url, params, attempt), None
        except DatadogError:
            raise
        except Exception as error:  # whatever breaks, what counts is whether the request may have arrived
            if not attempt.sent:
                return None, self._unsent(error, purpose)
            if isinstance(error, TooLargeError) or _cause(error, TooLargeError):
                raise UnexpectedReplyError(
                    f"{purpose}: {self._address.name} answered with more than {wire.LARGEST_BODY >> 20} MiB, which "
                    f"is not an answer of Datadog's API. Check site, api_url and any proxy in between.",
                    effect_possible=True,
                ) from None
            return None, LostReplyError(
                f"{purpose}: {self._what_broke(error)} ({self._address.name}). "
                f"Check the network and proxy settings, or raise timeout and max_retries.",
                effect_possible=True,
            )
        finally:
            ATTEMPT.reset(token)

    def _exchange(self, method: str, url: str, params: Mapping[str, str | int] | None, attempt: Attempt) -> Answer:
        request = self._common.copy()
        request.method = method
        # Not prepared by requests, which would parse the whole address anew for each request. It was checked when it
        # was given, and the client has encoded the path.
        request.url = f"{url}?{urlencode(params)}" if params else url
        request.prepare_content_length(None)
        response: Any = self._adapter.send(request, timeout=self._timeout, verify=self._verify, proxies=self._proxies)
        # The answer has been read whole, so its connection is free for the next request.
        response.release_conn()
        body = decoded(attempt.body, response.headers.get("Content-Encoding", ""))
        return Answer(response, response.status, response.headers, body)

    def _unsent(self, error: Exception, purpose: str) -> ConnectError:
        """The failure before anything was sent.

        :raises CertificateError: the server's certificate is not accepted.
        :raises OptionError: the request cannot be made at all.
        """
        # urllib3 1.26 compares names itself, and calls a wrong one a ValueError, which that of ssl is too.
        refusal = _cause(error, ValueError) if isinstance(error, requests.exceptions.SSLError) else None
        if refusal:
            raise CertificateError(
                f"{purpose}: the certificate of {self._address.name} is not accepted, so nothing was sent: "
                f"{getattr(refusal, 'verify_message', '') or 'it is for another host'}. "
                f"If a private authority signed it, name that authority in ca_path."
            ) from None
        if isinstance(error, requests.exceptions.ProxyError):
            problem = "the proxy did not connect"
        elif isinstance(error, requests.exceptions.Timeout) or _cause(error, socket.timeout):
            problem = f"no connection within {self._timeout:g} s"
        elif isinstance(error, requests.exceptions.SSLError):
            problem = "the TLS connection failed"
        elif isinstance(error, (requests.exceptions.ConnectionError, OSError)) and not isinstance(error, ValueError):
            problem = _connect_problem(error)
        else:
            raise OptionError(
                f"{purpose}: the request could not be made ({type(error).__name__}). "
                f"Check api_url and the proxy settings in the environment."
            ) from None
        return ConnectError(
            f"{purpose}: {self._address.name} could not be reached: {problem}. "
            f"Check the network, proxy settings, site and api_url."
        )

    def _what_broke(self, error: Exception) -> str:
        """What happened to the answer of a request that was sent."""
        if isinstance(error, requests.exceptions.Timeout) or _cause(error, socket.timeout):
            return f"no answer within {self._timeout:g} s"
        if isinstance(error, requests.exceptions.SSLError) or _cause(error, ssl.SSLError):
            return "the TLS connection failed"
        if _cause(error, (ConnectionError, http.client.IncompleteRead)):
            return "the connection broke before the whole answer came"
        return "the answer was cut short or garbled"


def decoded(body: bytes, encoding: str) -> bytes:
    """The body as it was before it was compressed.

    :raises ValueError: it was compressed in another way than was asked for, or is cut.
    :raises TooLargeError: it is larger than any answer of Datadog's.
    """
    encoding = encoding.strip().lower()
    if not body or encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "x-gzip"):
        raise ValueError("Content-Encoding")
    stream = zlib.decompressobj(GZIP)
    try:
        plain = stream.decompress(body, wire.LARGEST_BODY + 1)
    except zlib.error:
        raise ValueError("gzip") from None
    if len(plain) > wire.LARGEST_BODY:
        raise TooLargeError
    if not stream.eof or stream.unused_data:
        raise ValueError("gzip")
    return plain


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

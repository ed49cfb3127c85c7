# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# Private to this collection: it may change in any release.
"""The HTTP client: requests, retries, rate limits, TLS and errors. It knows nothing of keys or of Ansible."""

from __future__ import annotations

import json
import os
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Callable, NoReturn, TypeVar
from urllib.parse import quote

from ._connection import SHORTEST_SECRET, Address, Credentials
from ._errors import (
    ApiError,
    CertificateError,
    ConnectError,
    CredentialsError,
    DatadogError,
    ForbiddenError,
    LostReplyError,
    NotFoundError,
    OptionError,
    UnexpectedReplyError,
)
from ._requests import (
    HTTPAdapter,
    HTTPError,
    InsecureRequestWarning,
    MaxRetryError,
    NewConnectionError,
    ReadTimeoutError,
    requests,
)
from ._retry import UNCERTAIN_STATUSES, RetryPolicy, Waits
from ._version import VERSION

T = TypeVar("T")
R = TypeVar("R")

# A page of 100 keys with its users and roles has about 200 kB.
LARGEST_BODY = 16 * 1024 * 1024
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# Words of the server that are no secret, however long: ids, names of permissions, names of hosts.
HARMLESS = re.compile(
    rf"""["'(\[]*(?: (?i:{UUID.pattern}) | [a-z_:/.-]+ | [a-z0-9-]{{1,15}}(?:\.[a-z0-9-]{{1,15}})+ )["')\].,;:]*""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Reply:
    """An answer that was expected.

    :ivar data: the JSON object, None for a 204.
    """

    status: int
    data: Mapping[str, Any] | None


@dataclass(frozen=True)
class _Answer:
    """Whatever came back, whole, not judged yet."""

    raw: Any
    status: int
    headers: Mapping[str, str]
    body: bytes


class Client:
    """Sends requests to one API with one set of credentials, several at a time.

    :ivar waits: what this client spent waiting, and how long it still may.
    """

    def __init__(
        self,
        address: Address,
        credentials: Credentials,
        *,
        timeout: float = 30,
        max_retries: int = 4,
        max_wait: float = 300,
        concurrency: int = 8,
        validate_certs: bool = True,
        ca_path: str | None = None,
    ) -> None:
        """:param timeout: seconds for one request.
        :param max_retries: attempts after the first.
        :param max_wait: seconds for all waiting together.
        :param concurrency: requests under way at once.
        :param ca_path: a file or a directory of certificate authorities.
        :raises OptionError: the certificate authorities cannot be loaded.
        """
        self.address = address
        self.credentials = credentials
        self.waits = Waits(max_wait)
        self._policy = RetryPolicy.within(self.waits, max_retries)
        self._timeout = timeout
        self._concurrency = concurrency
        self._under_way = threading.BoundedSemaphore(concurrency)
        # Credentials that were refused once are not sent again: that can only lock somebody out.
        self._rejected = ""
        self._session = self._new_session()
        # What the environment says is read once, here: requests would read it again for every request,
        # together with a .netrc, whose credentials have no business in these requests.
        self._session.trust_env = False
        if not address.loopback:
            self._session.proxies.update(requests.utils.get_environ_proxies(address.url))
        self._verify = validate_certs and (_authorities(ca_path) if ca_path or address.encrypted else True)
        if not validate_certs:
            # The modules warn in Ansible's own way.
            requests.packages.urllib3.disable_warnings(InsecureRequestWarning)  # type: ignore[attr-defined]

    def _new_session(self) -> Any:
        session = requests.Session()
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=self._concurrency, max_retries=0)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        session.headers.update({"User-Agent": f"keywarden.datadog/{VERSION}", "Accept": "application/json"})
        session.headers.update(self.credentials.headers)
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        return session

    def each(self, work: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """Do ``work`` for all the items side by side; the results are in the order of the items.

        It may be nested: what is bounded is the number of requests under way, not of threads.
        """
        todo = list(items)
        if len(todo) < 2:
            return [work(item) for item in todo]
        with ThreadPoolExecutor(max_workers=min(self._concurrency, len(todo))) as pool:
            return list(pool.map(work, todo))

    def request(
        self,
        method: str,
        path: Sequence[str],
        *,
        purpose: str,
        params: Mapping[str, str | int] | None = None,
        expect: int = 200,
        when_forbidden: str = "",
    ) -> Reply:
        """Send a request until it is answered for good.

        :param path: the segments below the address; each is percent-encoded, so none can change the path.
        :param purpose: what the request is for, as the beginning of an error's sentence; without secrets.
        :param expect: the one status that means success; with 200 goes a JSON object.
        :param when_forbidden: what to look at after a 403.
        :raises DatadogError: any other outcome, as the type that fits (see ``_errors``).
        """
        url = self.address.url + "".join("/" + quote(segment, safe="") for segment in path)
        policy = self._policy
        while True:
            try:
                if self._rejected:
                    raise CredentialsError(self._rejected, status_code=403)
                self.waits.turn(method)
                answer, failure = self._attempt(method, url, params, purpose)
                if failure is None and not policy.is_retry(method, answer.status):
                    return self._judge(answer, purpose, expect, when_forbidden)
                raw = None if failure else answer.raw
                try:
                    policy = policy.increment(method, "/", response=raw, error=failure)
                    policy.sleep(raw)
                except MaxRetryError:
                    if failure is not None:
                        raise failure from None
                    return self._judge(answer, purpose, expect, when_forbidden)
            except DatadogError as error:
                if isinstance(error, CredentialsError):
                    self._rejected = str(error)
                error.effect_possible = error.effect_possible or policy.effect_possible
                raise

    def _attempt(
        self,
        method: str,
        url: str,
        params: Mapping[str, str | int] | None,
        purpose: str,
    ) -> tuple[Any, DatadogError | None]:
        """Send once. Either an answer, or a failure after which another attempt may help.

        :raises DatadogError: a failure after which none can.
        """
        try:
            with self._under_way:
                answer = self._exchange(method, url, params)
        except requests.exceptions.SSLError as error:
            refusal = _cause(error, (ssl.SSLCertVerificationError, ValueError))
            if refusal:
                raise CertificateError(
                    f"{purpose}: the certificate of {self.address.name} is not accepted, so nothing was sent: "
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
                f"{purpose}: {self.address.name} answered with more than {LARGEST_BODY >> 20} MiB, which is "
                f"not an answer of Datadog's API. Look at site and api_url, and at a proxy on the way.",
                effect_possible=True,
            ) from None
        self.waits.note(method, answer.status, answer.headers)
        return answer, None

    def _exchange(self, method: str, url: str, params: Mapping[str, str | int] | None) -> _Answer:
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
            return _Answer(response.raw, response.status_code, response.headers, b"".join(chunks))

    def _judge(self, answer: _Answer, purpose: str, expect: int, when_forbidden: str) -> Reply:
        data = _json_object(answer.body)
        if answer.status == expect and (data is not None or expect == 204):
            return Reply(answer.status, data)
        if answer.status >= 400 and data is not None and _error_texts(data):
            self._refuse(answer.status, data, purpose, when_forbidden)
        raise UnexpectedReplyError(
            f"{purpose}: {self._describe(answer)}, which is not an answer of Datadog's API. "
            f"Look at site and api_url, and at a proxy on the way.",
            status_code=answer.status,
            # Whoever answered, the request may have gone through before.
            effect_possible=True,
        )

    def _refuse(self, status: int, data: Mapping[str, Any], purpose: str, when_forbidden: str) -> NoReturn:
        said = _error_texts(data)
        message = f"{purpose}: {self.address.name} answered {status} ({'; '.join(said)})."
        if status == 401 or (status == 403 and data.get("status") == "error"):
            # Datadog says the same of wrong credentials and, perhaps, of what is switched off: name all that it can be.
            raise CredentialsError(
                f"{message} api_key and app_key are not accepted there. Check both, and that they belong to "
                f"this site. A new key takes a few seconds to work. {when_forbidden if status == 403 else ''}".rstrip(),
                status_code=status,
            )
        if status == 403:
            raise ForbiddenError(f"{message} {when_forbidden}".rstrip(), status_code=status)
        if status == 404:
            raise NotFoundError(message, status_code=status, said=said)
        raise ApiError(message, status_code=status, effect_possible=status in UNCERTAIN_STATUSES)

    def _describe(self, answer: _Answer) -> str:
        if 300 <= answer.status < 400:
            return f"{self.address.name} answered {answer.status}, a redirect that is not followed"
        kind = _presentable(answer.headers.get("Content-Type", "").split(";")[0]) or "no content type"
        size = f"{len(answer.body)} bytes" if answer.body else "an empty body"
        return f"{self.address.name} answered {answer.status} with {size} ({kind})"

    def _unreachable(self, purpose: str, problem: str) -> ConnectError:
        return ConnectError(
            f"{purpose}: {self.address.name} could not be reached: {problem}. "
            f"Check the network, proxy settings, site and api_url."
        )

    def _lost(self, purpose: str, problem: str) -> LostReplyError:
        return LostReplyError(
            f"{purpose}: {problem} ({self.address.name}). "
            f"Check the network and proxy settings, or raise timeout and max_retries.",
            effect_possible=True,
        )


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


def _json_object(body: bytes) -> Mapping[str, Any] | None:
    try:
        data = json.loads(body, parse_constant=_no_json)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _no_json(constant: str) -> NoReturn:
    raise ValueError(constant)


def _error_texts(data: Mapping[str, Any]) -> list[str]:
    """The texts of ``errors``: strings from the older services, objects with title and detail from the newer."""
    errors = data.get("errors")
    if not isinstance(errors, list):
        return []
    texts = []
    for error in errors[:5]:
        if isinstance(error, dict):
            error = ": ".join(str(error[part]) for part in ("title", "detail") if error.get(part))
        if error and isinstance(error, str):
            texts.append(_presentable(error))
    return texts


def _presentable(text: str) -> str:
    """The server's words, short, on one line, and without anything that could be a secret in some encoding."""
    text = "".join(char if char.isprintable() else " " for char in text)
    return " ".join("****" if _may_be_secret(word) else word for word in text.split())[:200]


def _may_be_secret(word: str) -> bool:
    return len(word) >= SHORTEST_SECRET and not HARMLESS.fullmatch(word)

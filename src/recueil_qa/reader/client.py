"""One call to a server that speaks OpenAI's API; imported only where a reader is set."""

from __future__ import annotations

import logging
import time
from typing import Any

from recueil_qa.access_settings import is_loopback
from recueil_qa.errors import ReaderError
from recueil_qa.messages import Text
from recueil_qa.reader import said
from recueil_qa.settings import Settings

REPLY_TOKENS = 3_000  # reasoning that a model thinks aloud included
WAIT = 5.0  # seconds, at most, that a busy server is waited for
MODELS_SHOWN = 200


class Client:
    """A server and a model of it, by the settings; may be shared between threads."""

    def __init__(self, settings: Settings) -> None:
        """Take the settings; nothing is sent yet.

        Raises:
            ReaderError: the library that this needs is not installed.
        """
        try:
            import httpx2
            import openai

            from recueil_qa.reader.transport import Busy, Transport, repeats
        except ImportError as error:
            raise said.missing() from error
        # What it notes for developers holds whole requests, and so questions.
        logging.getLogger("openai").setLevel(logging.WARNING)
        self._errors, self._busy, self._repeats = openai, Busy, repeats
        self._model, self._seconds = settings.reader_model, settings.reader_seconds
        self._key = settings.reader_key
        host = httpx2.URL(settings.reader)
        # A proxy stands between this machine and others, never before itself.
        local = is_loopback(host.host)
        key = settings.reader_key.get_secret_value()

        def guarded(inner: httpx2.BaseTransport) -> Transport:
            return Transport(inner, key, host.netloc.decode("ascii"), self._seconds)

        proxied = {} if local else _proxies(host.host)
        # A reply takes seconds: a connection of its own costs nothing, and none is left open.
        limits = httpx2.Limits(max_keepalive_connections=0)
        http = httpx2.Client(
            transport=guarded(httpx2.HTTPTransport(trust_env=not local, limits=limits)),
            mounts={
                scheme: guarded(httpx2.HTTPTransport(proxy=proxy, limits=limits))
                for scheme, proxy in proxied.items()
            },
            trust_env=False,
            timeout=self._seconds,
            follow_redirects=False,
        )
        self._api = openai.OpenAI(
            api_key="in the transport", base_url=settings.reader, max_retries=0, http_client=http
        )
        self._takes_schema = True

    def complete(self, messages: list[dict[str, str]], schema: dict[str, Any]) -> str:
        """Return what the model writes, by the schema if its server takes one.

        Raises:
            ReaderError: no reply came in time, or none of use.
        """
        until = time.monotonic() + self._seconds
        if self._takes_schema:
            form = {"name": "reading", "strict": True, "schema": schema}
            try:
                return self._asked(
                    until, messages, response_format={"type": "json_schema", "json_schema": form}
                )
            except ReaderError as error:
                if error.kind != "request":
                    raise
            text = self._asked(until, messages)
            self._takes_schema = False  # it was what the server refused
            return text
        return self._asked(until, messages)

    def models(self) -> tuple[str, ...]:
        """Return the names of the models that the server has. Raises as `complete`."""
        page = self._called(lambda seconds: self._api.models.list(timeout=seconds), self._until())
        found = [str(getattr(model, "id", "")) for model in (page.data or [])[:MODELS_SHOWN]]
        return tuple(name for name in found if name and not self._tells_key(name))

    def _until(self) -> float:
        return time.monotonic() + self._seconds

    def _asked(self, until: float, messages: list[dict[str, str]], **form: Any) -> str:
        create: Any = self._api.chat.completions.create

        def call(seconds: float) -> Any:
            return create(
                model=self._model,
                messages=messages,
                temperature=0,
                max_tokens=REPLY_TOKENS,
                timeout=seconds,
                **form,
            )

        reply = self._called(call, until)
        try:
            text = reply.choices[0].message.content
        except (AttributeError, IndexError, TypeError) as error:
            raise said.other_protocol() from error
        if not isinstance(text, str) or not text.strip():
            raise said.unusable(Text("la réponse du modèle est vide", "the model's reply is empty"))
        if self._tells_key(text):
            raise said.key_repeated()
        return text

    def _tells_key(self, text: str) -> bool:
        return self._repeats(self._key.get_secret_value(), text)

    def _called(self, call: Any, until: float) -> Any:
        """Call once, or twice where the server asks to wait a little."""
        for again in (True, False):
            try:
                return call(max(until - time.monotonic(), 0.001))
            except self._busy as error:
                wait = error.seconds
                left = until - time.monotonic()
                if not again or wait is None or wait > min(WAIT, left):
                    raise said.busy() from None
                time.sleep(wait)
            except ReaderError:
                raise
            except self._errors.APITimeoutError:
                raise said.late() from None
            except self._errors.APIConnectionError:
                raise said.unreachable() from None
            # Of the many things that a library says of what it didn't expect, none is shown.
            except Exception:
                raise said.other_protocol() from None
        raise said.busy()


def _proxies(host: str) -> dict[str, str]:
    from urllib.request import getproxies, proxy_bypass

    named = {} if proxy_bypass(host) else getproxies()
    proxy = named.get("https") or named.get("all")
    return {"https://": proxy} if proxy else {}

"""A real HTTP endpoint on loopback that speaks the OpenAI protocol and misbehaves on request."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pipeline.core.settings import Settings, load_settings

KEY = "gsk_test_5f2c9secret"


@dataclass
class Reply:
    """What the endpoint answers to one request: a status and a body, perhaps late or in drips."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drip: float = 0.0
    header_drip: float = 0.0
    drop: bool = False


def completion(content: str, model: str = "served-model", tokens: int = 321) -> Reply:
    """Return a well-formed completion."""
    document = {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": model,
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": content},
                "logprobs": None,
            }
        ],
        "usage": {"prompt_tokens": tokens - 21, "completion_tokens": 21, "total_tokens": tokens},
    }
    return Reply(body=json.dumps(document).encode(), headers={"content-type": "application/json"})


def fault(status: int, code: str = "error", **headers: str) -> Reply:
    """Return an error in the protocol's form; like some services, it repeats the key."""
    body = json.dumps({"error": {"message": f"key {KEY}: {code}", "type": code, "code": code}}).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, body, {"content-type": "application/json", **names})


class Endpoint:
    """The endpoint: `script` is answered in order, then `otherwise`; every request is kept in `seen`."""

    def __init__(self) -> None:
        self.script: list[Reply] = []
        self.otherwise: Callable[[dict[str, object]], Reply] = lambda _request: fault(500)
        self.seen: list[dict[str, object]] = []
        self.keys: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["content-length"])
                request = json.loads(self.rfile.read(length))
                outer.seen.append(request)
                outer.keys.append(self.headers["authorization"])
                reply = outer.script.pop(0) if outer.script else outer.otherwise(request)
                outer.answer(self, reply)

            def log_message(self, *_args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        """Base URL to give to the client."""
        return f"http://127.0.0.1:{self.server.server_port}/v1"

    @staticmethod
    def answer(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        """Write the reply, unless the client has gone."""
        time.sleep(reply.delay)
        if reply.drop:
            handler.connection.close()
            return
        try:
            if reply.header_drip:
                for byte in b"HTTP/1.1 200 OK\r\nx-slow: " + b"x" * 4000:
                    handler.wfile.write(bytes([byte]))
                    handler.wfile.flush()
                    time.sleep(reply.header_drip)
            (handler.send_response_only if "date" in reply.headers else handler.send_response)(reply.status)
            for name, value in reply.headers.items():
                handler.send_header(name, value)
            handler.send_header("content-length", str(len(reply.body)))
            handler.end_headers()
            step = 20 if reply.drip else len(reply.body) or 1
            for start in range(0, len(reply.body), step):
                handler.wfile.write(reply.body[start : start + step])
                handler.wfile.flush()
                time.sleep(reply.drip)
        except OSError:
            pass


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """An endpoint of its own for each test."""
    made = Endpoint()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide any key of the machine that runs the tests."""
    for name in (
        "PORTAL_LLM_TOTAL_SECONDS",
        "PORTAL_LLM_CALL_SECONDS",
        "GROQ_API_KEY",
        "OPENROUTER_API_KEY",
        "PORTAL_LLM_BASE_URL",
        "PORTAL_LLM_API_KEY",
        "PORTAL_LLM_MODEL",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def own_model(endpoint: Endpoint, no_keys: None) -> Settings:
    """Settings that point at the endpoint."""
    return load_settings(_env_file=None, llm_base_url=endpoint.url, llm_api_key=KEY, llm_model="test-model")

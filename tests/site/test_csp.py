"""The page policy."""

from __future__ import annotations

import base64
import hashlib

from pipeline.site.csp import inline_scripts, policy, with_policy

PAGE = "<!doctype html><html><head>\n<meta charset=utf-8></head><body>{}</body></html>"


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_policy_comes_first_and_only_once() -> None:
    """The policy is the first element of the head, and applying it twice changes nothing."""
    once = with_policy(PAGE.format(""))
    assert once.split("<head>")[1].lstrip().startswith('<meta http-equiv="Content-Security-Policy"')
    assert with_policy(once) == once


def test_nothing_unsafe_and_nobody_else() -> None:
    """No unsafe-inline, no unsafe-eval, no other origin, no wildcard."""
    text = policy(PAGE.format('<p style="color:red">x</p><style>p{}</style><script>run()</script>'))
    assert "unsafe-inline" not in text
    assert "'unsafe-eval'" not in text
    assert "http" not in text
    assert "*" not in text


def test_what_is_written_in_the_page_is_allowed_by_hash() -> None:
    """Inline scripts, styles and style attributes appear by hash; data islands and files do not."""
    body = (
        '<script>run("é")</script><script src="a.js"></script>'
        '<script type="application/json">{"a": 1}</script><i style="width:3%">x</i>'
    )
    text = policy(PAGE.format(body))
    assert inline_scripts(body) == ['run("é")']
    assert _hash('run("é")') in text.split("script-src")[1].split(";")[0]
    assert _hash('{"a": 1}') not in text
    assert _hash("width:3%") in text.split("style-src")[1].split(";")[0]

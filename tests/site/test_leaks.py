"""No key is published: whatever file it came into, whatever its shape."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.errors import BrokenSite
from pipeline.core.settings import load_settings
from pipeline.site.leaks import check_no_leaks, leaks

_BODY = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=40, max_size=60)
_NAME = st.sampled_from(["index.html", "datos/csv/a.csv", "api/v1/x.json", "datos/lectores/portal.py", "llms.txt"])
_SHAPE = st.sampled_from(
    ["gsk_{}", "sk-{}", "sk-or-{}", "ghp_{}", "Authorization: Bearer {}", "postgresql://lee:{}@db.test/x"]
)


@given(_NAME, _SHAPE, _BODY, st.text(max_size=30), st.text(max_size=30))
def test_what_looks_like_a_key_is_found_and_never_told(name, shape, body, before, after) -> None:
    """Wherever it stands in a text file; the message names the file and not the key."""
    files = {name: f"{before} {shape.format(body)} {after}".encode(errors="replace"), "otra.html": b"<p>task-list</p>"}
    (fault,) = leaks(files)
    assert fault.startswith(name)
    assert body not in fault


@given(_NAME, st.text("0123456789abcdef-", min_size=6, max_size=40))
def test_a_secret_of_the_settings_is_found_whatever_its_shape(name, secret) -> None:
    """A model's key and the password of the database, as they are set."""
    settings = load_settings(llm_api_key=secret, postgres_url=f"postgresql://u:p{secret}@localhost/x")
    assert {secret, f"p{secret}"} <= set(settings.secrets())
    with pytest.raises(BrokenSite, match="change the key now") as told:
        check_no_leaks({name: f"<p>x{secret}x</p>".encode()}, settings.secrets())
    assert "holds a secret of the settings" in str(told.value)


def test_ordinary_texts_are_no_keys() -> None:
    """Hashes, addresses, class names, code of packages and a short word."""
    texts = [
        "sha256:9b7b03be54ef9b7b03be54ef9b7b03be54ef9b7b03be54ef", "https://sinergox.xm.com.co/a:b/c@2x.png",
        "mask-image task-list-item-checkbox-long-name", "mailto:datos@ejemplo.org", "postgresql://usuario@localhost/x",
        "Bearer {clave}", "sk-",
    ]  # fmt: skip
    assert not list(leaks({f"{number}.html": text.encode() for number, text in enumerate(texts)}, ["sol"]))
    assert not list(leaks({"assets/vendor/x.js": b"gsk_" + b"a" * 40}))

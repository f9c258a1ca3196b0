"""Stands for GitHub's command line: what the workflows ask of it, in one file, each call within its permissions."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

GIVEN = dict(os.environ)  # noqa: TID251 - a program of its own, outside the portal
STATE = Path(GIVEN.get("GH_STATE", ""))
HERE = "repos/quien/portal/"


def may(what: str) -> None:
    """Refuse what the job was not given."""
    if what not in GIVEN["MAY"].split() or not GIVEN.get("GH_TOKEN"):
        sys.exit(f"HTTP 403: Resource not accessible by integration ({what})")


def option(words: list[str], name: str) -> str:
    """Return the value of an option."""
    return words[words.index(name) + 1] if name in words else ""


def answer(state: dict[str, Any], words: list[str]) -> str:
    """Do what is asked; return what is printed."""
    address = next((word for word in words if word.startswith(HERE)), "").removeprefix(HERE)
    match [words[0], words[1] if words[0] != "api" else re.sub(r"\?.*|\d+", "", address)]:
        case ["api", "pages"]:
            may("pages:read")
            if not state["pages"]:
                sys.exit("gh: Not Found (HTTP 404)")
            return str(state["pages"])
        case ["api", "deployments"]:
            may("deployments:read")
            return "\n".join(str(number) for number in reversed(range(len(state["deployments"]))))
        case ["api", "deployments//statuses"]:
            may("deployments:read")
            return str(state["deployments"][int(re.findall(r"\d+", address)[0])])
        case ["api", workflow] if workflow.endswith("/enable"):
            may("actions:write")
            assert option(words, "--method") == "PUT"
            state["enabled"].append(workflow.split("/")[2])
        case ["issue", "list"]:
            may("issues:write")
            title = re.findall(r'title == "(.*?)"', option(words, "--jq"))[0]
            return next((str(n) for n, i in enumerate(state["issues"]) if i["title"] == title and i["open"]), "")
        case ["issue", "create"]:
            may("issues:write")
            state["issues"].append({"title": option(words, "--title"), "body": option(words, "--body"), "open": True})
        case ["issue", "edit"]:
            may("issues:write")
            state["issues"][int(words[2])]["body"] = option(words, "--body")
        case ["issue", "close"]:
            may("issues:write")
            state["issues"][int(words[2])]["open"] = False
        case ["release", "view"] if words[2] not in state["releases"]:
            sys.exit("release not found")
        case ["release", "view"]:
            pass
        case ["release", "create"]:
            may("contents:write")
            state["releases"][words[2]] = []
        case ["release", "upload"]:
            may("contents:write")
            state["releases"][words[2]] = [Path(word).name for word in words[3:] if Path(word).is_file()]
        case ["release", "delete"]:
            may("contents:write")
            del state["releases"][words[2]]
        case ["release", "list"]:
            return "\n".join(state["releases"])
        case _:
            sys.exit(f"gh: nobody declared {words}")
    return ""


if __name__ == "__main__":
    told = json.loads(STATE.read_text())
    sys.stdout.write(answer(told, sys.argv[1:]) + "\n")
    STATE.write_text(json.dumps(told))

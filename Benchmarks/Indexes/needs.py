"""The Python packages that the benchmark needs, installed where they are missing, into a folder of our own.

`pip install --target` works on a bare machine too: no venv module is needed, and nothing of the system's is touched.
"""
import importlib, importlib.util, os, subprocess, sys

FOLDER = os.environ.get("PGMEDIC_BENCH_PACKAGES", f"/var/tmp/pgmedic-bench-packages-{os.getuid()}")
# The extension of DuckDB that makes TPC-H is built for one version of DuckDB alone, so both are pinned.
PACKAGES = {
    "duckdb": ["duckdb==1.4.4"],
    "duckdb_ext": ["duckdb-ext-tpch==1.4.4.20260205"],
    "psycopg2": ["psycopg2-binary"],
    "pglast": ["pglast"],
}


def need(*modules):
    """Imports the modules, in order; installs first what is missing."""
    if FOLDER not in sys.path:
        sys.path.insert(0, FOLDER)
    missing = [package for module in modules if not present(module) for package in PACKAGES[module]]
    if missing:
        print(f"pip install {' '.join(missing)} into {FOLDER}", file=sys.stderr)
        command = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--upgrade", "--target", FOLDER]
        subprocess.run([*command, *missing], check=True, stdout=sys.stderr, env={**os.environ, "PIP_ROOT_USER_ACTION": "ignore"})
        importlib.invalidate_caches()
    return [importlib.import_module(module) for module in modules]


def present(module):
    return importlib.util.find_spec(module) is not None

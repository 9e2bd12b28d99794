"""The npm packages that tests use: tests/support/npm."""

import shutil
import subprocess

from harness import SUPPORT

NPM = SUPPORT / "npm"


def npm_packages(package):
    """Installs them if this one is not there. The reason why it cannot be had, or nothing."""
    if not shutil.which("node") or not shutil.which("npm"):
        return "node and npm are not installed"
    if not (NPM / "node_modules" / package).exists():
        done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=NPM, timeout=120,
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return f"npm ci failed: {done.stderr.strip()[-200:]}"
    return ""

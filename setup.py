"""Packaging of cme_xblock. Why two ways to the same folders, and why no upper pins: docs/decisions/0002 and 0009."""

from __future__ import annotations

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).resolve().parent


def version() -> str:
    """The `__version__` of the package, read as text: importing it here would need it installed."""
    source = (HERE / "cme_xblock" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "([^"]+)"$', source, re.MULTILINE)
    if found is None:
        raise SystemExit('cme_xblock/__init__.py has no line like: __version__ = "1.2.3"')
    return found.group(1)


setup(
    name="cme-xblock",
    version=version(),
    description="Accredited continuing medical education inside Open edX: from disclosure to delivered credit.",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    license_files=["LICENSE"],
    python_requires=">=3.11",
    # `static` and `translations` lie at the top. The mapping serves wheel, sdist and zip installs; the links
    # cme_xblock/static and cme_xblock/translations serve editable ones. Each alone fails somewhere.
    packages=[
        *find_packages(include=["cme_xblock", "cme_xblock.*"]),
        "cme_xblock.static",
        "cme_xblock.translations",
    ],
    package_dir={"cme_xblock.static": "static", "cme_xblock.translations": "translations"},
    include_package_data=False,
    package_data={
        "cme_xblock": [
            "templates/**/*",
            "rules/**/*.toml",
            "reporting/**/*.toml",
            "reporting/**/*.xsd",
            "credit/**/*.typ",
        ],
        "cme_xblock.static": ["cme_xblock/**/*"],
        "cme_xblock.translations": ["*/LC_MESSAGES/*"],
    },
    # Lower bounds only: the platform decides the versions. Django is the exception, because pip would
    # otherwise bring a series that no Open edX release runs.
    install_requires=[
        "XBlock[django]>=5.2",
        "Django>=4.2,<6",
        "cryptography",
        "lxml",
        "nh3",
        "numpy>=1.26",
        "scipy>=1.11",
        "segno",
        "typst>=0.15",
        "tzdata",
        "xlsxwriter>=3",
    ],
    # The REST API; Open edX has both.
    extras_require={"api": ["djangorestframework>=3.14", "drf-spectacular>=0.27"]},
    entry_points={
        "console_scripts": ["cme-xblock = cme_xblock.cli:main"],
        "xblock.v1": [
            "cme = cme_xblock.cme_block:CmeXBlock",
            "cme_part = cme_xblock.cme_part_block:CmePartXBlock",
            "cme_content = cme_xblock.cme_content_block:CmeContentXBlock",
        ],
        "openedx.user_partition_scheme": ["cme_gate = cme_xblock.gate.partition:CmeGateScheme"],
        "openedx.dynamic_partition_generator": ["cme_gate = cme_xblock.gate.partition:partitions"],
        "lms.djangoapp": ["cme_xblock = cme_xblock.apps:CmeXBlockConfig"],
        "cms.djangoapp": ["cme_xblock = cme_xblock.apps:CmeXBlockConfig"],
    },
    classifiers=[
        "Development Status :: 3 - Alpha",
        "Framework :: Django :: 4.2",
        "Framework :: Django :: 5.2",
        "Intended Audience :: Education",
        "Intended Audience :: Healthcare Industry",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
    ],
)

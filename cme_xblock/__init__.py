"""Accredited continuing medical education inside Open edX.

Open edX imports plugin packages before its settings are ready, so this module imports nothing (ADR 0002).
"""

__version__ = "0.1.0"

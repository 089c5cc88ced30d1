"""SBML, the Systems Biology Markup Language: models from it and to it."""
from __future__ import annotations

from neocol.exchange.reading import Refused
from neocol.exchange.sbml_import import ImportedModel, import_sbml

__all__ = ["ImportedModel", "Refused", "import_sbml"]

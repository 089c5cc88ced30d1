"""SBML, the Systems Biology Markup Language: models from it and to it."""
from __future__ import annotations

from neocol.exchange.reading import Refused
from neocol.exchange.sbml_export import export_sbml, write_sbml
from neocol.exchange.sbml_import import ImportedModel, import_sbml

__all__ = ["ImportedModel", "Refused", "export_sbml", "import_sbml", "write_sbml"]

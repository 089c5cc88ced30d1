"""Compares two results in everything that is not provenance."""

import h5py


def contents(path):
    """Every dataset and attribute outside /provenance as bytes or text."""
    found = {}

    def visit(name, item):
        if name.startswith("provenance"):
            return
        for key, value in item.attrs.items():
            if key not in ("DIMENSION_LIST", "REFERENCE_LIST"):  # addresses in the file
                found[f"{name}@{key}"] = str(value)
        if isinstance(item, h5py.Dataset):
            text = item.dtype.kind == "O"
            found[name] = str(item[()]) if text else (item.shape, item[()].tobytes())

    with h5py.File(path) as file:
        file.visititems(visit)
        found.update((f"@{key}", str(value)) for key, value in file.attrs.items())
    return found


def different(a, b):
    """Names of what differs between two results."""
    first, second = contents(a), contents(b)
    return sorted(n for n in first.keys() | second.keys() if first.get(n) != second.get(n))

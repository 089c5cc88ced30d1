#pragma once

#include <string>
#include <string_view>

namespace neocol::io {

/// A unit as stored in files that other programs read, with the same scale.
///
/// Counts lose `cell`, which udunits-2 does not know: `cell/mm3` becomes `mm-3`, `pg/cell/d`
/// becomes `pg/d`. Times that xarray would turn into timedeltas are abbreviated: `days` becomes
/// `d`, `hours` becomes `h`.
std::string stored_units(std::string_view unit);

}  // namespace neocol::io

#pragma once

#include <string>

#include <neocol/model/model.hpp>

namespace neocol::model {

/// What an observable is computed over: `papillary_dermis, reticular_dermis; depth 0 to 0.3 mm;
/// weighted by wounded fraction`, or `all`.
std::string region_text(const Region& region, const Model& model);

/// How an outcome is computed: `relative change of collagen, 90 d after the last session, against
/// just before the first`.
std::string definition_text(const Outcome& outcome, const Model& model);

/// Unit of a species' content: volume fields times mm3, surface fields times mm2.
Unit content_unit(const Species& species, const Model& model);

}  // namespace neocol::model

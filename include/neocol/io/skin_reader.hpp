#pragma once

#include <string>
#include <vector>

#include <neocol/core/table.hpp>
#include <neocol/core/units.hpp>
#include <neocol/tissue/skin.hpp>

namespace neocol::io {

/// What a site file says.
struct SiteFile {
    std::string title, source;
    tissue::Skin skin;  ///< in normal condition
    struct Condition {
        std::string name, summary, source;
        std::vector<tissue::Layer> layers;  ///< as they are in this condition
    };
    std::vector<Condition> conditions;

    /// "normal" and the names of the conditions.
    std::vector<std::string> condition_names() const;
    /// The skin in a condition. \pre the condition is one of condition_names()
    tissue::Skin in_condition(const std::string& name) const;
};

/// What a site file may hold.
extern const Table site_table;

/// Reads a site file (docs/scenario-file.md, "Site files"). Properties are dimensionless numbers or
/// quantities.
/// \param name  the site's name, as scenarios call it
/// \param units  those of the reader, where there are some: a new one reads the database of
/// udunits-2 \throws InputError  every fault found, each at its place
SiteFile read_site(std::string text, const std::string& path, const std::string& name,
                   const UnitSystem& units = UnitSystem());

}  // namespace neocol::io

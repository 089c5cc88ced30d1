#include <neocol/io/insertion_law.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/core/text_parts.hpp>
#include <neocol/model/parse.hpp>

namespace neocol::io {
const LawConstant* law_constant(std::string_view parameter) {
    const auto* found =
        std::find_if(law_constants.begin(), law_constants.end(),
                     [&](const LawConstant& constant) { return constant.parameter == parameter; });
    return found == law_constants.end() ? nullptr : found;
}

std::optional<NamedText> find_law(const Library& library) {
    if (!library.has(LibraryPart::insertion, "insertion")) return std::nullopt;
    return library.find(LibraryPart::insertion, "insertion");
}

model::Model read_law(const NamedText& file) {
    const std::string name = std::filesystem::path(file.path).filename().string();
    const std::string main = fmt::format(
        "[model]\nname = \"insertion\"\ntitle = \"Law of insertion\"\ninclude = [\"{}\"]\n"
        "[species.nothing]\nunit = \"1\"\nscale = 1\nmeaning = \"a model has one\"\n",
        name);
    return model::parse_model(
        join_parts(main, {{name, file.text}}),
        (std::filesystem::path(file.path).parent_path() / "law_of_insertion.toml").string());
}

double number_in(const Unit& unit, double internal) {
    const double number = unit.from_internal(internal);
    const double shorter = std::strtod(fmt::format("{:.15g}", number).c_str(), nullptr);
    return unit.to_internal(shorter) == internal ? shorter : number;
}

double law_number(const LawConstant& constant, const model::Parameter& parameter, double internal,
                  const UnitSystem& units) {
    const Unit unit = units.parse(constant.unit);
    if (parameter.is_switch() || !(parameter.unit.dimension == unit.dimension))
        throw InputError(fmt::format("'{}' is a number of the law of insertion, in {}",
                                     parameter.name, constant.unit));
    return number_in(unit, internal);
}

std::optional<treatment::InsertionLaw> library_law(const Library& library) {
    const std::optional<NamedText> file = find_law(library);
    if (!file) return std::nullopt;
    const model::Model parameters = read_law(*file);
    treatment::InsertionLaw law;
    for (const LawConstant& constant : law_constants) {
        const int index = parameters.find_parameter(constant.parameter);
        if (index < 0)
            throw InputError(fmt::format("{}: has no '{}'", file->path, constant.parameter));
        const model::Parameter& parameter = parameters.parameters[static_cast<std::size_t>(index)];
        law.*constant.member = law_number(constant, parameter, parameter.value, parameters.units);
    }
    return law;
}

}  // namespace neocol::io

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <neocol/core/hash.hpp>
#include <neocol/core/names.hpp>
#include <neocol/io/stored_units.hpp>
#include <neocol/io/tree.hpp>
#include <neocol/simulation/domain.hpp>

#include "scenario_keys.hpp"
#include "scenario_parts.hpp"

namespace neocol::io::detail {

namespace {

/// Times and places agree to this share.
constexpr double agreement = 1e-9;

/// Fields of one moment of a result, checked against the model and grid that take them over.
class StoredState {
public:
    StoredState(const tree::File& file, const simulation::Scenario& scenario,
                const model::Model& model)
        : path_(file.root.where()),
          fields_(file.root.group("fields")),
          model_(model),
          grid_(simulation::make_grid(scenario, model)) {
        if (!file.root.has_attribute("status") || file.root.text("status") != "complete")
            throw InputError("the run of this result did not complete",
                             "finish it first: neocol resume");
        check_grid();
    }

    /// \throws InputError  no fields are stored at this time
    std::size_t record_at(std::optional<double> time) const {
        const std::vector<double>& times = fields_.dataset("field_time").read();
        if (times.empty())
            throw InputError("the result stores no fields",
                             "run it with output.fields and output.field_times");
        if (!time) return times.size() - 1;
        const auto nearest = std::min_element(times.begin(), times.end(), [&](double a, double b) {
            return std::abs(a - *time) < std::abs(b - *time);
        });
        if (std::abs(*nearest - *time) > agreement * std::max(1.0, *time))
            throw InputError(
                fmt::format("no fields are stored at {:g} d; the nearest are those of {:g} d",
                            *time, *nearest),
                "run it again with this time among output.field_times");
        return static_cast<std::size_t>(nearest - times.begin());
    }
    double time(std::size_t record) const { return fields_.dataset("field_time").read()[record]; }

    /// Takes over what model and result share; faults of what is in one of them alone.
    void take(std::size_t record, simulation::InitialState& out,
              std::vector<std::string>& faults) const {
        const std::set<std::string> from_model(out.from_model.begin(), out.from_model.end()),
            left_out(out.left_out.begin(), out.left_out.end());
        std::vector<std::string> lacking, unknown;
        for (const model::Species& species : model_.species) {
            if (species.quasi_steady || from_model.contains(species.name)) continue;
            if (fields_.has(species.name))
                out.fields[species.name] = values(species, record);
            else
                lacking.push_back(species.name);
        }
        for (const std::string& name : fields_.dataset_names())
            if (fields_.dataset(name).has_attribute("location") && model_.find_species(name) < 0 &&
                !left_out.contains(name))
                unknown.push_back(name);
        if (!lacking.empty())
            faults.push_back(
                fmt::format("the result has no fields of {}: store them there (output.fields), or "
                            "let them begin as the model says: from_model = [\"{}\"]",
                            fmt::join(lacking, ", "), fmt::join(lacking, "\", \"")));
        if (!unknown.empty())
            faults.push_back(fmt::format(
                "model '{}' has no species {}, of which the result has fields: left_out = [\"{}\"] "
                "takes the others alone",
                model_.name, fmt::join(unknown, ", "), fmt::join(unknown, "\", \"")));
    }

    /// Digest of the values and of nothing else, so that a run repeated is the same content.
    static std::string digest(const simulation::InitialState& state) {
        Sha256 sum;
        for (const auto& [name, values] : state.fields) {
            sum.add(name);
            sum.add(std::string_view("\0", 1));
            sum.add({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double)});
        }
        return sum.hex();
    }

private:
    std::string path_;
    const tree::Group& fields_;
    const model::Model& model_;
    tissue::Grid grid_;

    void check_axis(const char* name, const tissue::Axis& axis) const {
        const std::vector<double>& stored = fields_.dataset(name).read();
        bool agrees = stored.size() == axis.centres.size();
        for (std::size_t i = 0; agrees && i < stored.size(); ++i)
            agrees = std::abs(stored[i] - axis.centres[i]) <= agreement * axis.edges.back();
        if (!agrees)
            throw InputError(fmt::format("the result has other voxels along {}", name),
                             "give both runs the same [skin] and [domain]");
    }

    void check_grid() const {
        using tissue::Geometry;
        const Geometry geometry = grid_.geometry();
        if (fields_.text("geometry") != tissue::to_string(geometry))
            throw InputError(fmt::format("the result is of geometry '{}', this run of '{}'",
                                         fields_.text("geometry"), tissue::to_string(geometry)),
                             "give both runs the same [domain]");
        check_axis("z", grid_.z());
        if (geometry == Geometry::patch) check_axis("y", grid_.y());
        if (geometry == Geometry::patch || geometry == Geometry::section)
            check_axis("x", grid_.x());
        if (geometry == Geometry::single_channel) check_axis("r", grid_.x());
    }

    std::vector<double> values(const model::Species& species, std::size_t record) const {
        const tree::Dataset& data = fields_.dataset(species.name);
        const std::string due = stored_units(species.unit.text);
        if (data.text("units") != due)
            throw InputError(fmt::format("'{}' is stored in {}, and the model has it in {}",
                                         species.name, data.text("units"), due));
        const std::size_t nz = species.location == model::Location::volume ? grid_.nz() : 1;
        const std::size_t n = nz * grid_.ny() * grid_.nx();
        const std::vector<double>& all = data.read();
        if ((record + 1) * n > all.size())
            throw InputError(
                fmt::format("field '{}' has another size than this run's", species.name));
        std::vector<double> one(all.begin() + static_cast<std::ptrdiff_t>(record * n),
                                all.begin() + static_cast<std::ptrdiff_t>((record + 1) * n));
        for (double& value : one)
            value = species.unit.to_internal(value);
        return one;
    }
};

void read_stored(ScenarioDraft& draft, const std::string& path, std::optional<double> at,
                 const model::Model& model, simulation::InitialState& out,
                 std::vector<std::string>& faults) {
    const tree::File file = tree::read(path, hdf5::Trust::sealed, tree::Extent::all);
    if (!file.root.has_attribute("neocol_version") || !file.root.has("fields"))
        throw InputError("no result of neocol");
    const StoredState stored(file, draft.scenario, model);
    const std::size_t record = stored.record_at(at);
    out.time = stored.time(record);
    stored.take(record, out, faults);
}

/// Names in a list must be species of the model.
void check_species(const ValueReader& values, const TableReader& table, const char* key,
                   const model::Model& model) {
    for (const DocumentNode& element : table.at(key).elements())
        values.silent().choice(element, "species", names_of(model.species));
}

}  // namespace

void read_initial(ScenarioDraft& draft, const TableReader& root, const model::Model& model) {
    const TableReader table = root.table("initial");
    if (!table) return;
    const ValueReader& values = draft.values;
    const auto from = table.text("from");
    const auto at = table.quantity("at");
    simulation::InitialState state;
    state.from_model = table.texts("from_model");
    state.left_out = table.texts("left_out");
    check_species(values, table, "from_model", model);
    const std::string digest = table.text("digest", "");
    if (!from || values.n_faults() > 0) return;
    const std::string path = draft.relative(*from);
    state.file = std::filesystem::absolute(path).lexically_normal().string();
    std::vector<std::string> faults;
    try {
        read_stored(draft, path, at, model, state, faults);
        state.digest = StoredState::digest(state);
        if (!digest.empty() && digest != state.digest)
            faults.emplace_back("holds other fields than those that the run began with");
    } catch (const InputError& error) {
        const Diagnostic& first = error.diagnostics.front();
        faults.push_back(first.message + (first.help.empty() ? "" : "; " + first.help));
    } catch (const IoError& error) {
        faults.emplace_back(error.what());
    }
    if (digest.empty()) {
        for (const std::string& fault : faults)
            values.add(table.fault("from", fmt::format("'{}': {}", *from, fault), {}));
        if (!faults.empty()) return;
    } else if (!faults.empty()) {
        // As a result stores it: who goes on from a checkpoint has no need of the fields.
        state.fields.clear();
        state.digest = digest;
        state.time = at.value_or(0.0);
        state.missing = faults.front();
    }
    draft.scenario.initial = std::move(state);
}

}  // namespace neocol::io::detail

#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <neocol/core/table_reader.hpp>
#include <neocol/io/device_reader.hpp>
#include <neocol/io/scenario_reader.hpp>
#include <neocol/io/skin_reader.hpp>

/// The parts of a scenario file, each read by a function of its own.
namespace neocol::io::detail {

/// What was made of files of one kind, by path; made anew when a file's text has changed.
template <class Content>
class CachedFiles {
public:
    /// \param make  Content from the file's text, called only if it is not kept
    template <class Make>
    Content& get(const NamedText& file, Make make) {
        const auto found = by_path_.find(file.path);
        if (found != by_path_.end() && found->second.first == file.text) {
            return found->second.second;
        }
        return by_path_.insert_or_assign(file.path, std::pair(file.text, make(file)))
            .first->second.second;
    }

private:
    std::map<std::string, std::pair<std::string, Content>> by_path_;
};

/// Files that scenarios of a family share.
struct FileCache {
    CachedFiles<model::Model> models;
    /// Of models by hash: species that are left out, and what is read in place of the whole one.
    std::map<std::string, std::vector<std::string>> left_out;
    std::map<std::string, model::Model> restricted;
    CachedFiles<SiteFile> sites;
    CachedFiles<DeviceFile> devices;
    CachedFiles<model::Model> laws;
};

/// State of one pass over a scenario.
struct Pass {
    const Library& library;
    FileCache& cache;
    std::string folder;  ///< of the scenario; files it names are relative to it
    ValueReader values;
    simulation::Scenario& scenario;
    std::vector<NamedText>& files;
    /// Where simulation::validate's key paths stand in the text.
    std::map<std::string, DocumentNode> places;
    /// Numbers of the law of insertion that are set and that the model does not state.
    std::map<std::string, double> law = {};
    bool skin_is_faulty = false;  ///< nothing more is to be said about it
    std::vector<Diagnostic> warnings = {};

    std::string relative(const std::string& path) const;
};

/// \param model  null if the model itself could not be read
void read_skin(Pass& pass, const TableReader& root, const model::Model* model);
void read_regimen(Pass& pass, const TableReader& root);
void read_domain(Pass& pass, const TableReader& root);
void read_run(Pass& pass, const TableReader& root);
void read_output(Pass& pass, const TableReader& root, const model::Model* model);
/// \param values  knows the units that the model declares
void read_parameters(Pass& pass, const ValueReader& values, const DocumentNode& parameters,
                     const model::Model* model);

/// Gives the sessions whose depth follows from it the law of insertion: the model's numbers, those
/// set, and else those of the library's file. \pre parameters are read
void read_law_of_sessions(Pass& pass, const DocumentNode& root, const model::Model& model);

/// Adds the faults of a file that a scenario names, or where it is named if they have no place.
void add_faults_of_file(const ValueReader& values, const DocumentNode& name,
                        const InputError& error);

/// Reads a wound: `{ shape = "excision", radius = ..., depth = ... }`.
std::optional<treatment::Wound> read_wound(const TableReader& table);

/// The scenario as a text that says everything and needs no other file but the model.
std::string canonical_text(const simulation::Scenario& scenario, const model::Model& model);

}  // namespace neocol::io::detail

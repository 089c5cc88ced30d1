#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <neocol/core/table_reader.hpp>
#include <neocol/io/device_reader.hpp>
#include <neocol/io/scenario_reader.hpp>
#include <neocol/io/skin_reader.hpp>

namespace neocol::io::detail {

/// What was made of files of one kind, by path; made anew when a file's text has changed.
template <class Content>
class CachedFiles {
public:
    /// \param make  Content from the file's text, called only if it is not kept
    template <class Make>
    Content& get(const NamedText& file, Make make) {
        const auto found = by_path_.find(file.path);
        if (found != by_path_.end() && found->second.first == file.text)
            return found->second.second;
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
    std::map<std::pair<std::string, std::string>, Document> overrides;  ///< by key and value
};

/// A scenario that is being read, with what its readers share.
struct ScenarioDraft {
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
    std::set<std::string> treatment = {};  ///< parameters that [treatment] sets
    bool skin_is_faulty = false;           ///< nothing more is to be said about it
    std::vector<Diagnostic> warnings = {};

    std::string relative(const std::string& path) const;
};

}  // namespace neocol::io::detail

#include "scenario_draft.hpp"

#include <filesystem>

namespace neocol::io::detail {

std::string ScenarioDraft::relative(const std::string& path) const {
    const std::filesystem::path given(path);
    return given.is_absolute() || folder.empty() ? path
                                                 : (std::filesystem::path(folder) / given).string();
}

}  // namespace neocol::io::detail

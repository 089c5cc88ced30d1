#pragma once

#include <cstdint>
#include <string>

#include <neocol/study/plan.hpp>

namespace neocol::study {

struct ArchiveReport {
    std::string file;
    std::uint64_t n_files = 0, bytes = 0;
};

/// Packs a plan's folder into one tar file, its files under the folder's own name
/// with relative paths and without times or owners, so that the same study gives the same bytes.
/// `SHA256SUMS` at its end has a line for every file, as `sha256sum --check` reads it. Locks and
/// unfinished files stay out.
/// \throws IoError  a file cannot be read, the archive exists or cannot be written
ArchiveReport archive(const Plan& plan, const std::string& path);

}  // namespace neocol::study

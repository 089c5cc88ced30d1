#pragma once

#include <memory>
#include <string>
#include <vector>

#include <neocol/core/words.hpp>
#include <neocol/files/lock.hpp>
#include <neocol/io/result_writer.hpp>

/// Every path that a run writes, known and checked before anything is computed.
namespace neocol::io {

/// `NAME.EXTENSION` for a result `NAME.h5`.
std::string beside(const std::string& result_path, const std::string& extension);

struct OutputPaths {
    std::string result, part;
    std::string live, csv;  ///< table of observables while the run goes on, and where it is left
    std::string sidecar;    ///< for ParaView
    std::string checkpoint, older_checkpoint;
    std::string lock;
};

OutputPaths output_paths(const std::string& result_path);

/// Kinds of files by which neocol knows its own.
enum class OutputKind { hdf5, table, sidecar };

}  // namespace neocol::io

namespace neocol {

template <>
inline constexpr auto words<io::OutputKind> = std::to_array<Word<io::OutputKind>>({
    {io::OutputKind::hdf5, "result of neocol", "an HDF5 file with a seal"},
    {io::OutputKind::table, "table of neocol", "a text by its first line"},
    {io::OutputKind::sidecar, "XDMF sidecar", "by its document type"},
});

}  // namespace neocol

namespace neocol::io {

/// True if a regular file carries the mark that neocol gives to what it writes: the seal of HDF5
/// files, the first line of tables, the document type of sidecars. False if there is none.
/// \throws IoError  it cannot be looked at
bool is_ours(OutputKind kind, const std::string& path);

/// Refuses to write a run where something stands that is not to be replaced.
///
/// Every path is free or, with `overwrite`, a file of neocol's own; no two are the same; none is a
/// folder, a device, a pipe or a symbolic link, nor a file the run reads.
/// \param inputs  files that the run reads
/// \throws InputError  a path is taken
/// \throws IoError     no such folder, no permission, a name that is too long
void check_output(const std::string& path, const ResultOptions& options,
                  const std::vector<std::string>& inputs = {});

/// The same for one text: free, or a regular file that holds `mark` in its first bytes.
/// \throws InputError, IoError
void check_text_output(const std::string& path, const std::string& mark,
                       const std::vector<std::string>& inputs = {});

/// Keeps the paths of a run for this program. \throws IoError  the run is still going on
std::unique_ptr<files::Lock> lock_run(const std::string& result_path, const std::string& host,
                                      const std::string& started);

}  // namespace neocol::io

#pragma once

#include <string>
#include <vector>

#include <neocol/io/hdf5_file.hpp>
#include <neocol/model/model.hpp>
#include <neocol/study/collect.hpp>
#include <neocol/study/store.hpp>

namespace neocol::study::detail {

/// `collected.h5` while it is written: rows are gathered into blocks of whole chunks.
class CollectedFile {
public:
    /// \param n_times  records of observables at 0, every, 2 every, ...
    CollectedFile(const std::string& path, const Plan& plan, const model::Model& model,
                  std::uint32_t n_times);

    /// \param observables  [Plan::observables][n_times]
    void append(const Case& planned_case, const StoredCase& result,
                const std::vector<float>& observables, std::uint8_t state, std::uint8_t retries);
    void finish(const std::string& command, const std::string& host, const CollectReport& report,
                const std::string& model_text);

private:
    void create_rows(const model::Model& model);
    void create_provenance();
    io::hdf5::Dataset along_run(const io::hdf5::Group& group, const std::string& name,
                                io::hdf5::Type type, const std::string& unit,
                                const std::string& meaning, bool coordinate);
    io::hdf5::Dataset texts_along_run(const io::hdf5::Group& group, const std::string& name,
                                      std::size_t width, const std::string& meaning,
                                      bool coordinate);
    void label(const io::hdf5::Dataset& dataset, const std::string& unit,
               const std::string& meaning, bool coordinate) const;
    void parts_close();
    void flush();

    const Plan& plan_;
    std::size_t n_times_, rows_per_chunk_;
    io::hdf5::File file_;
    io::hdf5::Group root_, provenance_;
    io::hdf5::Dataset run_, time_;
    std::string coordinates_;

    io::hdf5::Dataset id_, replicate_, seed_, status_, reason_, hash_, reached_, residual_;
    std::vector<io::hdf5::Dataset> columns_, outcomes_, censored_, observables_;
    io::hdf5::Dataset integrate_, total_, steps_, host_, retries_;

    /// Rows not yet written.
    struct Rows {
        std::vector<std::int32_t> run, replicate, retries;
        std::vector<double> seed, reached, residual, integrate, total, steps;
        std::vector<std::uint8_t> status;
        std::vector<std::string> id, reason, hash, host;
        std::vector<std::vector<double>> numbers, outcomes;
        std::vector<std::vector<std::string>> words;
        std::vector<std::vector<std::uint8_t>> censored;
        std::vector<std::vector<float>> observables;
    } rows_;
};

}  // namespace neocol::study::detail

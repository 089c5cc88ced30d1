#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <neocol/core/course.hpp>
#include <neocol/core/error.hpp>
#include <neocol/core/read_value.hpp>
#include <neocol/core/time.hpp>
#include <neocol/model/model.hpp>
#include <neocol/tissue/grid.hpp>
#include <neocol/tissue/skin.hpp>
#include <neocol/treatment/regimen.hpp>

namespace neocol::simulation {

/// Where and how finely the equations are solved. Lengths [mm].
struct Domain {
    tissue::Geometry geometry = tissue::Geometry::single_channel;
    tissue::Spacing spacing;  ///< of depth; the lateral axes take its smallest size
    double thickness = 3.0;   ///< from the skin surface down
    double width = 0.0;       ///< patch: x and y; section: x; single_channel: radius; 0: by density
    double length = 0.0;      ///< patch: y; 0: as width
    bool periodic = true;     ///< patch and section: lateral walls, else mirrored
    bool lateral_mix = true;  ///< single_channel: average over the territory between sessions
    std::string layer;        ///< well_mixed: the skin layer it stands for; empty: the only one
};

/// Sizes that a domain without a width has [mm].
inline constexpr double default_section_width = 4.0, default_patch_width = 2.0;

struct RunOptions {
    Time until;
    double tolerance = 1e-4;
    double largest_step = 30.0;  ///< [d]
    std::uint64_t seed = 1;
};

struct OutputOptions {
    Time every = 1.0;  ///< of observables
    /// Records between those after every jump too: a minute, an hour, ... after it.
    bool dense = true;
    std::vector<Time> also_at;        ///< and at these times, sorted
    std::vector<std::string> fields;  ///< species; empty: none
    std::vector<Time> field_times;
    bool just_after_sessions = true;  ///< fields right after a jump too, where they fall on one
};

/// Fields of another run that a run begins with.
struct InitialState {
    std::string file;                     ///< where they stand, as given
    std::string digest;                   ///< SHA-256 of that file, 64 hex digits
    double time = 0.0;                    ///< [d] in the run they come from
    std::vector<std::string> from_model;  ///< species that begin as the model says
    std::vector<std::string> left_out;    ///< fields of the file that the model does not have
    std::map<std::string, std::vector<double>> fields;  ///< by species [z][y][x], internal units
    std::string missing;  ///< why the fields could not be read; a resumed run needs none
};

/// A complete, validated description of one run. A plain value: `Simulation` executes it.
struct Scenario {
    std::string title, question, run_time;
    std::string model_name;
    tissue::Skin skin;
    treatment::Regimen regimen;
    Domain domain;
    RunOptions run;
    OutputOptions output;
    std::map<std::string, double> parameters;  ///< overrides by name, internal units
    std::map<std::string, Course> inputs;      ///< courses of the model's externals, by name
    std::optional<InitialState> initial;       ///< in place of the model's own beginning
    std::vector<ReadValue> resolved;
    std::string text;           ///< as given, `--set` applied
    std::string resolved_text;  ///< canonical text of every value and file read
    std::string hash;  ///< of resolved_text and the model, 24 hex digits: the run's identity
};

}  // namespace neocol::simulation

#include <neocol/solver/row_binder.hpp>

#include <algorithm>

#include <neocol/core/course.hpp>

namespace neocol::solver {

namespace {

bool is_by_layer(model::Input::Kind kind) {
    using Kind = model::Input::Kind;
    return kind == Kind::parameter || kind == Kind::derived || kind == Kind::rest ||
           kind == Kind::property || kind == Kind::active;
}

bool is_external(model::Input::Kind kind) {
    return kind == model::Input::Kind::external || kind == model::Input::Kind::external_rate;
}

/// The course of an external in time, one for each plane of the grid if it differs in depth.
std::vector<MonotoneCubic> course_by_plane(const Course& course, const tissue::Grid& grid) {
    const std::size_t n_times = std::max<std::size_t>(course.times.size(), 1);
    const std::vector<double> times =
        course.times.empty() ? std::vector<double>(1, 0.0) : course.times;
    if (course.depths.empty()) return {MonotoneCubic(times, course.values)};
    std::vector<MonotoneCubic> in_depth, planes;
    for (std::size_t i = 0; i < n_times; ++i) {
        std::vector<double> values;
        for (std::size_t k = 0; k < course.n_depths(); ++k)
            values.push_back(course.value(i, k));
        in_depth.emplace_back(course.depths, std::move(values));
    }
    for (const double z : grid.z().centres) {
        std::vector<double> values;
        for (const MonotoneCubic& profile : in_depth)
            values.push_back(profile.value(z));
        planes.emplace_back(times, std::move(values));
    }
    return planes;
}

}  // namespace

struct RowBinder::Implementation {
    const model::Model& model;
    const tissue::Grid& grid;
    const tissue::FieldTable& fields;
    std::vector<AlignedVector> by_layer;  // [layer][input * lanes], every value on all lanes
    std::vector<std::size_t> by_row;      // inputs that differ from row to row
    AlignedVector x, y;                   // coordinates of one plane, padding included
    std::vector<std::size_t> position;    // of a species among the unknowns of its system
    std::vector<std::size_t> surfaces;    // inputs that are surface fields
    std::size_t surfaces_begin = 0;
    std::vector<std::vector<MonotoneCubic>> courses;  // [external][plane, or one]; empty: at rest

    explicit Implementation(const Problem& problem)
        : model(problem.model), grid(problem.grid), fields(problem.fields) {
        by_layer.resize(problem.environment.by_layer.size(),
                        AlignedVector(model.inputs.size() * lanes, 0.0));
        set(problem.environment);
        for (std::size_t k = 0; k < model.inputs.size(); ++k)
            if (!is_by_layer(model.inputs[k].kind)) by_row.push_back(k);
        for (const Course& course : problem.environment.courses)
            courses.push_back(course.values.empty() ? std::vector<MonotoneCubic>()
                                                    : course_by_plane(course, grid));
        courses.resize(model.externals.size());
        for (const std::size_t k : by_row)
            if (model.inputs[k].kind == model::Input::Kind::surface) surfaces.push_back(k);
        fill_coordinates();
        position.resize(model.species.size(), 0);
        for (const model::System& system : model.systems)
            for (std::size_t i = 0; i < system.unknowns.size(); ++i)
                position[static_cast<std::size_t>(system.unknowns[i])] = i;
        surfaces_begin = fields.size();
        for (const tissue::Field& field : fields.fields())
            if (field.location != model::Location::volume)
                surfaces_begin = std::min(surfaces_begin, field.offset);
    }

    void set(const Environment& environment) {
        for (std::size_t layer = 0; layer < by_layer.size(); ++layer) {
            const std::vector<double>& values = environment.by_layer[layer];
            for (std::size_t k = 0; k < std::min(values.size(), model.inputs.size()); ++k)
                std::fill_n(by_layer[layer].begin() + static_cast<std::ptrdiff_t>(k * lanes), lanes,
                            values[k]);
        }
    }

    void fill_coordinates() {
        const std::size_t nx = grid.nx(), nxp = grid.nx_padded(), ny = grid.ny();
        x.resize(nxp * ny);
        y.resize(nxp * ny);
        for (std::size_t i_y = 0; i_y < ny; ++i_y)
            for (std::size_t i = 0; i < nxp; ++i) {
                x[i_y * nxp + i] = grid.x().centres[std::min(i, nx - 1)];
                y[i_y * nxp + i] = grid.y().centres[i_y];
            }
    }

    std::size_t grid_plane(const model::System& system, std::size_t i_z) const {
        if (system.location == model::Location::volume) return i_z;
        return system.location == model::Location::junction ? grid.junction() : 0;
    }

    void bind_layer(int layer, Scratch& scratch) const {
        const AlignedVector& values = by_layer[static_cast<std::size_t>(layer)];
        for (std::size_t k = 0; k < model.inputs.size(); ++k) {
            scratch.inputs[k] = values.data() + k * lanes;
            scratch.advance[k] = 0;
        }
    }

    void evaluate_courses(double time, std::size_t plane, Scratch& scratch) const {
        if (scratch.course_time == time && scratch.course_plane == plane) return;
        scratch.course_time = time;
        scratch.course_plane = plane;
        for (std::size_t e = 0; e < courses.size(); ++e) {
            if (courses[e].empty()) continue;
            const MonotoneCubic& course = courses[e][courses[e].size() > 1 ? plane : 0];
            const auto at =
                scratch.broadcast.begin() + static_cast<std::ptrdiff_t>(2 * (e + 1) * lanes);
            std::fill_n(at, lanes, course.value(time));
            std::fill_n(at + lanes, lanes, course.slope(time));
        }
    }

    void bind_input(std::size_t k, const Strip& strip, std::size_t plane, Scratch& scratch,
                    const WoundArrays* wound) const;
    void repeat_surfaces(const Strip& strip, Scratch& scratch) const;
    const double* wound_array(const std::string& name, const WoundArrays& wound) const {
        if (name == "wounded") return wound.wounded;
        if (name == "removed") return wound.removed;
        return name == "hole_radius" ? wound.hole_radius : wound.hole_depth;
    }
};

void RowBinder::Implementation::bind_input(std::size_t k, const Strip& strip, std::size_t plane,
                                           Scratch& scratch, const WoundArrays* wound) const {
    using Kind = model::Input::Kind;
    const model::Input& input = model.inputs[k];
    const double* pointer = nullptr;
    std::ptrdiff_t advance = lanes;
    if (is_external(input.kind)) {
        const auto e = static_cast<std::size_t>(input.index);
        if (courses[e].empty() || scratch.at_rest) return;  // the layer's holds
        pointer = scratch.broadcast.data() +
                  (2 * (e + 1) + (input.kind == Kind::external ? 0 : 1)) * lanes;
        advance = 0;
    } else if (input.kind == Kind::time) {
        pointer = scratch.broadcast.data();
        advance = 0;
    } else if (input.kind == Kind::coordinate) {
        if (input.name == "z") {
            pointer = scratch.broadcast.data() + lanes;
            advance = 0;
        } else {
            pointer = (input.name == "y" ? y : x).data() + strip.first;
        }
    } else if (input.kind == Kind::wound && wound) {
        const double* array = wound_array(input.name, *wound);
        const std::size_t rows = grid.nx_padded() * grid.ny();
        if (array)
            pointer = array +
                      (scratch.system->location == model::Location::volume ? plane * rows : 0) +
                      strip.first;
    } else if (input.kind == Kind::adjacent && strip.adjacent) {
        pointer = strip.adjacent +
                  position[static_cast<std::size_t>(input.index)] * strip.adjacent_stride +
                  strip.first;
    } else if (input.kind == Kind::surface && strip.surfaces) {
        pointer = strip.surfaces +
                  (fields.fields()[static_cast<std::size_t>(input.index)].offset - surfaces_begin) +
                  strip.first;
    }
    const std::size_t in_plane = plane * grid.nx_padded() * grid.ny() + strip.first;
    if (input.kind == Kind::field && strip.values) {
        pointer =
            strip.values + fields.fields()[static_cast<std::size_t>(input.index)].offset + in_plane;
    } else if (input.kind == Kind::integral && strip.values) {
        pointer = strip.values + fields.integral_offset(static_cast<std::size_t>(input.index));
        advance = 0;
    }
    scratch.inputs[k] = pointer;
    scratch.advance[k] = advance;
}

/// Below every plane of a strip of several lies the same plane of a surface field: it is written
/// out once for each.
void RowBinder::Implementation::repeat_surfaces(const Strip& strip, Scratch& scratch) const {
    const std::size_t plane = grid.nx_padded() * grid.ny(), count = strip.n_blocks * lanes;
    if (scratch.system->location != model::Location::volume || count <= plane) return;
    scratch.surfaces.resize(std::max(scratch.surfaces.size(), surfaces.size() * count));
    double* out = scratch.surfaces.data();
    for (const std::size_t k : surfaces) {
        const double* values = scratch.inputs[k];
        if (!values) continue;
        for (std::size_t i = 0; i < count; i += plane)
            std::copy_n(values, std::min(plane, count - i), out + i);
        scratch.inputs[k] = out;
        out += count;
    }
}

RowBinder::RowBinder(const Problem& problem)
    : implementation_(std::make_unique<Implementation>(problem)) {}

RowBinder::~RowBinder() = default;

void RowBinder::set(const Environment& environment) {
    implementation_->set(environment);
}

RowBinder::Scratch RowBinder::make_scratch() const {
    Scratch scratch;
    scratch.inputs.resize(implementation_->model.inputs.size(), nullptr);
    scratch.advance.resize(implementation_->model.inputs.size(), 0);
    scratch.broadcast.resize(2 * (1 + implementation_->courses.size()) * lanes, 0.0);
    return scratch;
}

bool RowBinder::spans_planes() const {
    const std::vector<model::Input>& inputs = implementation_->model.inputs;
    return std::none_of(inputs.begin(), inputs.end(), [this](const model::Input& input) {
        if (is_external(input.kind))
            return implementation_->courses[static_cast<std::size_t>(input.index)].size() > 1;
        return input.kind == model::Input::Kind::coordinate;
    });
}

std::size_t RowBinder::surfaces_begin() const {
    return implementation_->surfaces_begin;
}

kernel::Row RowBinder::bind(const model::System& system, const Strip& strip, double time,
                            Scratch& scratch, const WoundArrays* wound) const {
    const Implementation& self = *implementation_;
    const std::size_t plane = self.grid_plane(system, strip.i_z);
    const int layer = self.grid.layer(plane);
    if (scratch.system != &system || scratch.layer != layer) self.bind_layer(layer, scratch);
    scratch.system = &system;
    scratch.layer = layer;
    std::fill_n(scratch.broadcast.begin(), lanes, time);
    std::fill_n(scratch.broadcast.begin() + lanes, lanes, self.grid.z().centres[plane]);
    self.evaluate_courses(time, plane, scratch);
    for (const std::size_t k : self.by_row)
        self.bind_input(k, strip, plane, scratch, wound);
    self.repeat_surfaces(strip, scratch);
    return {strip.n_blocks, strip.unknowns, strip.stride, scratch.inputs.data(),
            scratch.advance.data()};
}

kernel::Row RowBinder::bind(const model::System& system, std::size_t i_z, std::size_t i_y,
                            const double* state, double time, Scratch& scratch,
                            const WoundArrays* wound) const {
    const Implementation& self = *implementation_;
    const bool volume = system.location == model::Location::volume;
    const std::size_t nxp = self.grid.nx_padded();
    Strip strip;
    strip.i_z = volume ? i_z : 0;
    strip.first = i_y * nxp;
    strip.n_blocks = self.grid.n_blocks();
    const std::size_t begin =
        system.unknowns.empty()
            ? self.fields.system_offset(system.location)
            : self.fields.fields()[static_cast<std::size_t>(system.unknowns.front())].offset;
    strip.unknowns = state + begin + strip.i_z * self.grid.ny() * nxp + strip.first;
    strip.values = state;
    strip.stride = self.fields.stride(system.location);
    strip.adjacent = state + self.fields.system_offset(model::Location::volume) +
                     self.grid_plane(system, strip.i_z) * self.grid.ny() * nxp;
    strip.adjacent_stride = self.fields.stride(model::Location::volume);
    strip.surfaces = state + self.surfaces_begin;
    return bind(system, strip, time, scratch, wound);
}

}  // namespace neocol::solver

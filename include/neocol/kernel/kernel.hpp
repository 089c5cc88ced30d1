#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <neocol/core/aligned.hpp>
#include <neocol/model/model.hpp>

namespace neocol::kernel {

/// A row of voxels as a kernel sees it: `n_blocks` blocks of `lanes` voxels.
///
/// Unknown s of block b stands at state[s * field_stride + b * lanes]. Input k of block b stands at
/// inputs[k] + b * advance[k]; advance is 0 (one block serves the whole row: parameters, rest
/// values, tissue properties, broadcast to all lanes) or `lanes` (a value per voxel). inputs[k] may
/// be null for inputs the called function does not read. Everything is aligned to `alignment`;
/// padding holds finite values.
struct Row {
    std::size_t n_blocks = 0;
    const double* state = nullptr;
    std::size_t field_stride = 0;
    const double* const* inputs = nullptr;
    const std::ptrdiff_t* advance = nullptr;
};

/// Sets of expressions that are evaluated as they stand, one output per expression.
enum class Program {
    coefficients,  ///< per transport of the system: diffusivity, then sensitivities of its taxes
    injury,        ///< per unknown of the system: its value after a session
    observables,   ///< per observable at the system's location
    bounds,        ///< per bound (volume)
    boundary,      ///< per boundary of a species of the system: value, then coefficient
    initial,       ///< per unknown: its initial value
    partials,      ///< per entry of System::process_jacobian, for `model eval` and tests
    events,        ///< per event and change of a species of the system, in order: its new value
    integrals,     ///< per integral at the system's location: what is integrated
    losses,        ///< per entry of varying_losses: d rate / d unknown, its own
};
inline constexpr std::size_t n_programs = 10;

/// Positions of the unknowns that move and whose own loss is not the same in a whole layer at all
/// times, because something of the state, time or place decides it.
std::vector<std::size_t> varying_losses(const model::Model& model, const model::System& system);

/// Processes of a system by what they change: early ones make a species that diffuses linearly, or
/// change such species only; late ones change others, and at most take from such a species. The
/// Jacobian of all is the sum of both.
///
/// A time step that solves early processes before diffusion and late ones after it diffuses within
/// a stage what the early ones make, and lets the late ones see what has diffused.
enum class Part { all, early, late };

/// By process of the system: Part::early or Part::late.
std::vector<Part> parts_of_processes(const model::Model& model, const model::System& system);

/// The arithmetic of one System of a model over rows of voxels. Two back ends implement it from the
/// same representation; they agree bit for bit.
class Kernel {
public:
    virtual ~Kernel() = default;

    /// "interpreter", or compiler and instruction set, such as "cc 12.2 x86-64-v4".
    virtual std::string backend() const = 0;
    virtual std::size_t n_unknowns() const = 0;
    virtual std::size_t n_processes() const = 0;
    virtual std::size_t n_outputs(Program program) const = 0;

    /// Net rate of every unknown: out[s * out_stride + i]. With `weights` (n_blocks * lanes, zero
    /// in padding) adds per process sum_i weights[i] * rate_p[i], lane by lane, to process_sums[p *
    /// lanes + lane].
    virtual void rates(const Row& row, double* out, std::size_t out_stride, const double* weights,
                       double* process_sums) const = 0;

    /// Solves (I - gamma_h J) x = b in place at every voxel, J taken at row.state and from all
    /// processes or a part of them; b[s * b_stride + i]. \pre the system has processes of that part
    virtual void solve(const Row& row, double gamma_h, double* b, std::size_t b_stride,
                       Part part = Part::all) const = 0;

    /// Adds per process sum_i weights[i] * (d rate_p / d unknowns . w)[i] to process_sums, lane by
    /// lane, derivatives taken at row.state; w[s * w_stride + i]. For all processes or a part of
    /// them, which reads w only where one of its rates depends on the unknown. \pre as `solve`
    virtual void process_jacobian_times(const Row& row, const double* w, std::size_t w_stride,
                                        const double* weights, double* process_sums,
                                        Part part = Part::all) const = 0;

    /// d rates / d time: out[s * out_stride + i]. \pre the model depends on time
    virtual void time_derivative(const Row& row, double* out, std::size_t out_stride) const = 0;

    /// Values of a program's expressions: out[k * out_stride + i].
    virtual void evaluate(Program program, const Row& row, double* out,
                          std::size_t out_stride) const = 0;
};

/// What `evaluate` computes for one system, as nodes of the model's graph; both back ends and all
/// callers take the order of outputs from here.
///
/// no_node stands for what the model leaves open: a species the injury does not name (`evaluate`
/// gives its present value), a species without initial expression, a boundary without value or
/// coefficient (`evaluate` gives 0).
std::vector<model::NodeId> program_roots(const model::Model& model, const model::System& system,
                                         Program program);

/// Block interpreter: the reference, needs no compiler. `model` must outlive it.
std::unique_ptr<Kernel> make_interpreter(const model::Model& model, const model::System& system);

}  // namespace neocol::kernel

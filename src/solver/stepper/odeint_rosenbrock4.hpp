#pragma once

// C++17: Boost 1.74's uBLAS, which Odeint's rosenbrock4 stands on, does not compile as C++20.

#include <cstddef>
#include <functional>
#include <memory>

namespace neocol::solver {

/// Boost.Odeint's error-controlled Rosenbrock method of order 4 for stiff systems u' = f(u, t).
class Rosenbrock4 {
public:
    /// f(u, t, rates): n values each.
    using Rates = std::function<void(const double*, double, double*)>;
    /// f(u, t, jacobian, time_derivative): n x n by rows, and n.
    using Jacobian = std::function<void(const double*, double, double*, double*)>;

    /// \param tolerance  relative error per step; absolute error is a thousandth of it, so
    /// variables
    ///        should be scaled to be of order one
    Rosenbrock4(std::size_t n, double tolerance, Rates rates, Jacobian jacobian);
    ~Rosenbrock4();

    /// Tries one step of size `h` from u(t); on success advances u and t. Either way `h` becomes
    /// the size to try next. \returns whether the step was accepted
    bool try_step(double* u, double& t, double& h);

    /// Of the last try: its error over what is allowed, and the variable that has the largest part
    /// in it.
    double error() const;
    std::size_t limiting() const;

    /// What its choice of the next size depends on beside `h`: four numbers for a checkpoint.
    void save(double* memory) const;
    void load(const double* memory);

private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace neocol::solver
